/*
 * What the words of `ask` are: one of them is the clip, the others are questions, in
 * quotes or without, before the clip or behind it.
 */
#ifndef AQ_PIPELINE_COMMANDS_ASK_WORDS_H
#define AQ_PIPELINE_COMMANDS_ASK_WORDS_H
#include "base/options/option.h"

typedef struct AqAskWords {
    const char *clip; /* borrowed; "-" is standard input */
    char **questions; /* owned */
    int n;            /* 0: there are none */
} AqAskWords;

/*
 * The clip is the first word if that is a file (or "-"), else the last word that is. If
 * none is, it is the first or the last, whichever looks more like a name. Each word
 * with a space in it is a question. If none has one they are the words of a question,
 * which ends with a "?" or with the last of them. AQ_ERR_USAGE where there is no word.
 * Clear it after a failure too.
 */
AQ_MUST_CHECK AqErr aq_ask_sort_words(AqAskWords *out, const AqTextList *words);
void aq_ask_words_clear(AqAskWords *w);

#endif
