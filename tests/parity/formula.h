/*
 * Weights and images from a formula instead of a file: every value follows from the
 * tensor's name and its index (the formula is in tests/data/reference/README.md).
 */
#ifndef AQ_TESTS_FORMULA_H
#define AQ_TESTS_FORMULA_H
#include "model/weights/weights.h"

/* offset + scale * u(name, k) for k = 0 .. n-1 */
void aq_formula_fill(float *out, size_t n, const char *name, double offset,
                     double scale);

/* A network's tensor, with offset and scale chosen by its name and shape. */
void aq_formula_weight(float *out, const char *name, int n_dims, const int64_t *dims);

typedef enum AqFormulaNames {
    AQ_FORMULA_TORCHVISION,
    AQ_FORMULA_OFFICIAL
} AqFormulaNames;

/* Write weight files of whole networks. Official names have the same values as
 * torchvision's. */
AQ_MUST_CHECK AqErr aq_formula_vggish(const char *path);
AQ_MUST_CHECK AqErr aq_formula_swin(const char *path, int embed, const int depths[4],
                                    const int heads[4], AqFormulaNames names);
/* By OpenAI's names: ViT-B/32's towers, that of texts with an embedding of `tokens`. */
AQ_MUST_CHECK AqErr aq_formula_clip_b32(const char *path);
AQ_MUST_CHECK AqErr aq_formula_clip_text_b32(const char *path, int tokens);
/* torchvision's names, without the classifier. */
AQ_MUST_CHECK AqErr aq_formula_resnet(const char *path, int bottleneck,
                                      const int depths[4]);

/* The file of a network that is in the registry, of the geometry that it has seeded
 * with these switches, by the names of its parameters (filters as (O,C,KH,KW)). */
AQ_MUST_CHECK AqErr aq_formula_network(const char *path, const char *name,
                                       const char *switches);

#endif
