/*
 * Questions as a frozen text tower gives them: rows, computed once for each text, that
 * a batch's ids count in. An id stands for a token of one question, as an id of the
 * vocabulary stands for a word; the last of a question's is its end, whose row is that
 * of the whole. Row 0 is padding and row 1 what is not known; both are zero.
 */
#ifndef AQ_MODEL_QUESTION_CLIP_TEXT_ROWS_H
#define AQ_MODEL_QUESTION_CLIP_TEXT_ROWS_H
#include "model/tensor/real.h"

/* Ids that are no token's, as those of a vocabulary (model/question/vocab.h). */
enum { AQ_TEXT_PAD, AQ_TEXT_UNKNOWN, AQ_TEXT_FIRST };

/* Widths: W of a row, E of what is pooled. */
typedef struct AqTextShape {
    int width, pooled;
} AqTextShape;

typedef struct AqTextRows {
    AqTextShape shape;
    int n;                   /* rows */
    const float *states;     /* (n,W) the tower's rows */
    const int *tokens;       /* (n) rows of the embedding; -1: zero */
    const int *ends;         /* (n) of an end: its row of pooled; else -1 */
    const float *pooled;     /* (questions,E) */
    const AqReal *embedding; /* (tokens,W) the tower's, of tokens by themselves */
} AqTextRows;

#endif
