/* The files of a data set of scenes: DIR/{train,val,test}.json and DIR/truth.jsonl. */
#ifndef AQ_TOYBAND_BOOK_H
#define AQ_TOYBAND_BOOK_H
#include "base/fs/fs.h"
#include "examples/toyband/scene/band.h"

typedef struct AqToyBook {
    const char *out;                  /* DIR; borrowed */
    json_t *questions[AQ_TOY_SPLITS]; /* arrays, for aq_toy_ask() */
    int next_id;
    AqFsWriter truth;
} AqToyBook;

/* DIR is there. End the book whether this succeeds or not. */
AQ_MUST_CHECK AqErr aq_toy_book_begin(AqToyBook *b, const char *out);

/* Adds a line of truth.jsonl; takes it in any case (NULL: AQ_ERR_NOMEM). */
AQ_MUST_CHECK AqErr aq_toy_book_tell(AqToyBook *b, json_t *truth);

AQ_MUST_CHECK AqErr aq_toy_book_write_questions(const AqToyBook *b);

/* Keeps truth.jsonl if `err`, which it returns, is AQ_OK, and frees all. */
AQ_MUST_CHECK AqErr aq_toy_book_end(AqToyBook *b, AqErr err);

#endif
