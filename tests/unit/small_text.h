/* A small text tower of CLIP's, of random values, and its vocabulary. */
#ifndef AQ_TESTS_SMALL_TEXT_H
#define AQ_TESTS_SMALL_TEXT_H
#include "model/question/clip/clip_text.h"

/* Two heads, two blocks; the vocabulary is that of tests/fuzz/seeds/bpe. */
enum {
    AQ_SMALL_TEXT_WIDTH = 128,
    AQ_SMALL_TEXT_MLP = 48,
    AQ_SMALL_TEXT_JOINT = 5,
    AQ_SMALL_TEXT_CONTEXT = 8,
    AQ_SMALL_TEXT_TOKENS = 526
};

typedef enum AqSmallTextNames {
    AQ_SMALL_OPENAI,
    AQ_SMALL_HUGGING_FACE
} AqSmallTextNames;

/* Writes the same tower with the names of one or the other; `context` rows of position
 * embeddings. */
void aq_small_text_write(const char *path, AqSmallTextNames names, int context);

/* That tower with its vocabulary, opened. */
AqClipText *aq_small_text_open(const char *path, const char *switches);

/* The values of one of its tensors by OpenAI's name; free(). */
float *aq_small_text_values(const char *name, size_t n);

#endif
