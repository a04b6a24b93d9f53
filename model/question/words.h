/*
 * What a model knows of the words that it is asked in. A word that it does not know is
 * taken for a known form of the same stem (Snowball's English stemmer: accordions ->
 * accordion, started -> starts); of one that has none, the nearest known word can be
 * named, and whether it matters: a noun does, "please" does not.
 */
#ifndef AQ_MODEL_QUESTION_WORDS_H
#define AQ_MODEL_QUESTION_WORDS_H
#include "model/question/tokenise.h"
#include "model/question/vocab.h"

/* Known words by stem; only read once it is made, so threads may share it. */
typedef struct AqWordForms AqWordForms;

/* Borrows the words. */
AQ_MUST_CHECK AqErr aq_word_forms_new(AqWordForms **out, const AqStrings *words);
void aq_word_forms_free(AqWordForms **f);

const AqStrings *aq_word_forms_words(const AqWordForms *f); /* those borrowed */

/* The place in the list of the word, else of the known form of its stem that is most
 * like it, else -1. */
int aq_word_forms_find(const AqWordForms *f, const char *word);

/* Ids as of aq_vocab_encode(), with known forms for unknown ones. */
int aq_word_forms_encode(const AqWordForms *f, const char *question, int *ids, int max);

/* Words that carry no meaning of their own in a question: articles, pronouns,
 * auxiliaries, prepositions, what people say around it. Lower case. */
int aq_word_is_function(const char *word);

/* Edits (a letter put in, left out, replaced, two swapped) from a to b. */
int aq_word_distance(const char *a, const char *b);

/* The known word that `word` may have been meant to be: a content word at most a third
 * of its letters away; NULL: none. */
const char *aq_word_nearest(const AqStrings *words, const char *word);

typedef struct AqWordUnknown {
    AqWord word;
    const char *nearest; /* of the model's words, or NULL */
    int matters;         /* is no function word */
} AqWordUnknown;

#define AQ_MOST_UNKNOWN 16

/* What is known of a question's words; each unknown one once. */
typedef struct AqWording {
    int n_words, n_known;
    int n_content; /* known ones that are no function words */
    int n_unknown; /* at most AQ_MOST_UNKNOWN */
    int n_matter;  /* of these */
    AqWordUnknown unknown[AQ_MOST_UNKNOWN];
} AqWording;

AqWording aq_wording(const AqWordForms *f, const char *question);

#endif
