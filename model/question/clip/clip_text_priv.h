/* Between the tower (clip_text.c) and its files' names (clip_text_names.c). */
#ifndef AQ_MODEL_QUESTION_CLIP_CLIP_TEXT_PRIV_H
#define AQ_MODEL_QUESTION_CLIP_CLIP_TEXT_PRIV_H
#include "model/question/clip/clip_text.h"

#define AQ_CLIP_TEXT_HEAD 64 /* of every published one; files do not tell */

/* A file's names: Hugging Face's or OpenAI's, and what is before them. */
typedef struct AqClipTextNaming {
    int hugging_face;
    char prefix[64];
} AqClipTextNaming;

AQ_MUST_CHECK AqErr aq_clip_text_read(AqClipTextGeometry *out, AqClipTextNaming *naming,
                                      const AqWeights *w);

/* A parameter's names in a file (ctx: AqClipTextNaming *), for aq_params_load(). */
int aq_clip_text_sources(void *ctx, const char *name, AqParamSource from[3]);

/* What a tower's JSON says. (clip_text_about.c) */
typedef struct AqClipTextFacts {
    const AqClipTextGeometry *g;
    int pooled;
    const char *act, *precision, *weights, *weights_sha256, *vocabulary_sha256;
} AqClipTextFacts;
AQ_MUST_CHECK AqErr aq_clip_text_describe(char **out, const AqClipTextFacts *f);

#endif
