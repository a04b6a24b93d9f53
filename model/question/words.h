/*
 * What a model knows of a question's words. An unknown word is replaced by a known form
 * with the same stem (Snowball's English stemmer: accordions -> accordion, started ->
 * starts); if there is none, the nearest known word can be suggested, with whether the
 * word matters: a noun does, "please" does not.
 */
#ifndef AQ_MODEL_QUESTION_WORDS_H
#define AQ_MODEL_QUESTION_WORDS_H
#include "model/question/tokenise.h"
#include "model/question/vocab.h"

/* Known words by stem; immutable, so threads may share it. */
typedef struct AqWordForms AqWordForms;

/* Borrows the words. */
AQ_MUST_CHECK AqErr aq_word_forms_new(AqWordForms **out, const AqStrings *words);
void aq_word_forms_free(AqWordForms **f);

const AqStrings *aq_word_forms_words(const AqWordForms *f); /* the borrowed list */

/* The index of the word, else of the most similar known form with its stem, else -1. */
int aq_word_forms_find(const AqWordForms *f, const char *word);

/* Ids as from aq_vocab_encode(), with known forms for unknown words. */
int aq_word_forms_encode(const AqWordForms *f, const char *question, int *ids, int max);

/* Is it a word without meaning of its own in a question: an article, pronoun,
 * auxiliary, preposition or polite phrase? Lower case. */
int aq_word_is_function(const char *word);

/* Edits (a letter inserted, deleted or replaced, two swapped) from a to b. */
int aq_word_distance(const char *a, const char *b);

/* The known word that `word` may be a misspelling of: a content word at most a third of
 * its letters away; NULL: none. */
const char *aq_word_nearest(const AqStrings *words, const char *word);

typedef struct AqWordUnknown {
    AqWord word;
    const char *nearest; /* among the model's words, or NULL */
    int matters;         /* not a function word */
} AqWordUnknown;

#define AQ_MOST_UNKNOWN 16

/* A question's words, known and unknown; each unknown one once. */
typedef struct AqWording {
    int n_words, n_known;
    int n_content; /* known ones that are not function words */
    int n_unknown; /* at most AQ_MOST_UNKNOWN */
    int n_matter;  /* of the unknown */
    AqWordUnknown unknown[AQ_MOST_UNKNOWN];
} AqWording;

AqWording aq_wording(const AqWordForms *f, const char *question);

#endif
