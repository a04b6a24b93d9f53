/*
 * CLIP's text tower (Radford et al., ICML 2021; clip/model.py of openai/CLIP): tokens
 * with position embeddings, pre-norm blocks whose attention sees no later token, and a
 * norm. A question's tokens stand between the start and the end of text; the tower
 * gives a row for each, and pooled, the end's row through the projection into the space
 * shared with pictures (encode_text(), not normalised). As no token sees a later one,
 * none is padded.
 *
 * Files are OpenAI's, open_clip's and Hugging Face's, with the vision tower or without.
 * A tower has one vocabulary (bpe.h), with as many tokens as its embedding has rows.
 */
#ifndef AQ_MODEL_QUESTION_CLIP_CLIP_TEXT_H
#define AQ_MODEL_QUESTION_CLIP_CLIP_TEXT_H
#include "base/options/option.h"
#include "model/nn/nn.h"
#include "model/nn/params.h"
#include "model/question/clip/bpe.h"
#include "model/question/clip/text_rows.h"
#include "model/weights/weights.h"

typedef struct AqClipText AqClipText; /* threads may share it */

typedef struct AqClipTextGeometry {
    int tokens, context;    /* of the vocabulary; rows of the position embedding */
    int width, layers, mlp; /* W; blocks; width of the MLPs */
    int joint;              /* E; 0: the file has no projection, and W is given */
} AqClipTextGeometry;

/* Is there such a tower in the file? And its geometry, with whose names its tensors
 * have: AQ_ERR_MISMATCH if it cannot be used. */
int aq_clip_text_is(const AqWeights *w);
AQ_MUST_CHECK AqErr aq_clip_text_geometry(AqClipTextGeometry *out, const char **names,
                                          const AqWeights *w);

/* Is every tensor of the tower there, and of the right shape? Marks them as used. */
AQ_MUST_CHECK AqErr aq_clip_text_check(AqWeights *w);

/* How it is opened: rows of "key=value,...". */
extern const AqOption aq_clip_text_switches[];

/* Opens from a file, or with w NULL seeded, as large as ViT-B/32's. `switches` may be
 * NULL. Takes the vocabulary; without one (NULL) the message says what to do. */
AQ_MUST_CHECK AqErr aq_clip_text_open(AqClipText **out, AqWeights *w, uint64_t seed,
                                      AqBpe *bpe, const char *switches);
/* Its values are final from here on, in the precision that the switches ask for. */
AQ_MUST_CHECK AqErr aq_clip_text_freeze(AqClipText *t);
void aq_clip_text_free(AqClipText **t);

const AqClipTextGeometry *aq_clip_text_facts(const AqClipText *t);
int aq_clip_text_pooled(const AqClipText *t); /* width of what is pooled */
const AqBpe *aq_clip_text_bpe(const AqClipText *t);
AqParams *aq_clip_text_params(const AqClipText *t);
const AqTensor *aq_clip_text_embedding(const AqClipText *t); /* (tokens,W) */

/* What it is, as JSON: shape, switches, digests of weights and vocabulary, where the
 * weights came from. Borrowed. */
const char *aq_clip_text_about(const AqClipText *t);

/* AQ_ERR_MISMATCH, naming both, if what the one JSON describes is not what the other
 * does: a model keeps that of the tower it was trained with. */
AQ_MUST_CHECK AqErr aq_clip_text_same(const char *want, const char *have);

/* What such a JSON asks for; AQ_ERR_FORMAT if it cannot be read. */
typedef struct AqClipTextWanted {
    AqTextShape shape;
    char encoder[32], weights[256], switches[64]; /* "act=..,precision=.." */
    char weights_sha256[AQ_SHA256_HEX], vocabulary_sha256[AQ_SHA256_HEX];
} AqClipTextWanted;
AQ_MUST_CHECK AqErr aq_clip_text_wanted(AqClipTextWanted *out, const char *about);

/* The question's tokens with start and end; at most `context`, of which the last is the
 * end. ids has room for these. */
AQ_MUST_CHECK AqErr aq_clip_text_tokens(const AqClipText *t, const char *question,
                                        int *ids, int *n);

/* ids (n) -> rows (n,W). And rows (..,W) -> pooled (..,E). */
AqTensor *aq_clip_text_rows(AqNn *nn, const AqClipText *t, const int *ids, int n);
AqTensor *aq_clip_text_pool(AqNn *nn, const AqClipText *t, AqTensor *rows);

#endif
