/*
 * What a Swin Transformer is made like (Liu et al., "Swin Transformer", ICCV 2021), and
 * what its tensors are called in the files that people have.
 */
#ifndef AQ_EXTRACT_NETWORKS_SWIN_GEOMETRY_H
#define AQ_EXTRACT_NETWORKS_SWIN_GEOMETRY_H
#include "model/nn/params.h"
#include "model/weights/weights.h"

#define AQ_SWIN_STAGES    4
#define AQ_SWIN_MAX_DEPTH 64

typedef struct AqSwinGeometry {
    int embed; /* channels of the first stage */
    int depths[AQ_SWIN_STAGES], heads[AQ_SWIN_STAGES];
    int window;
    int image; /* S: side of the input in pixels */
} AqSwinGeometry;

/* By registry name; AQ_ERR_NOT_FOUND for "swin", which needs a file. */
AQ_MUST_CHECK AqErr aq_swin_geometry_named(AqSwinGeometry *out, const char *name);

typedef enum AqSwinNames {
    AQ_SWIN_TORCHVISION,
    AQ_SWIN_OFFICIAL, /* microsoft/Swin-Transformer, old timm; downsample ends a stage
                       */
    AQ_SWIN_TIMM,     /* today's timm; downsample begins a stage */
    AQ_SWIN_HF        /* Hugging Face transformers; queries, keys, values apart */
} AqSwinNames;
const char *aq_swin_names_text(AqSwinNames names); /* for people */

/* How a file calls its tensors: "module.", "backbone.", "swin." before all of them. */
typedef struct AqSwinNaming {
    AqSwinNames names;
    char prefix[64];
} AqSwinNaming;

/* Is there anything in it by which it would be a Swin? (Swin V2 is one.) */
int aq_swin_is(const AqWeights *w);

/* Both read from the file's tensors. Swin V2 is refused by name. */
AQ_MUST_CHECK AqErr aq_swin_geometry_read(AqSwinGeometry *out, AqSwinNaming *naming,
                                          const AqWeights *w);

/* The registry name of that geometry, "swin" if it has none. */
const char *aq_swin_geometry_name(const AqSwinGeometry *g);

/* The parameter's names in a file (ctx: AqSwinNaming *), for aq_params_load(). Ours are
 * torchvision's. */
int aq_swin_file_names(void *ctx, const char *name, AqParamSource from[3]);

#endif
