/*
 * Lines that a person types at the terminal: edited, with what was typed before
 * (libedit, where the program was built with it). The lines are kept in the data
 * folder's file `history`, which only its owner may read.
 */
#ifndef AQ_PIPELINE_UI_PROMPT_H
#define AQ_PIPELINE_UI_PROMPT_H
#include "base/err.h"

typedef struct AqPrompt {
    const char *text;
    int (*stop)(void);
    void *reader; /* libedit with its history, or lines */
} AqPrompt;

/* Reads from standard input and writes `text` to standard error, before each line; it
 * is borrowed. `stop` is polled: where it returns true, the line is given up. Close it
 * after a failure too. */
AQ_MUST_CHECK AqErr aq_prompt_open(AqPrompt *p, const char *text, int (*stop)(void));

/* The next line that is not blank, without its line ending; borrowed until the next
 * call. AQ_EOF at the end (Ctrl-D), AQ_ERR_CANCELLED where `stop` said so. */
AQ_MUST_CHECK AqErr aq_prompt_next(AqPrompt *p, const char **line);

void aq_prompt_close(AqPrompt *p);

#endif
