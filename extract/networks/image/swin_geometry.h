/*
 * The geometry of a Swin Transformer (Liu et al., "Swin Transformer", ICCV 2021), and
 * its tensors' names in the common file formats.
 */
#ifndef AQ_EXTRACT_NETWORKS_IMAGE_SWIN_GEOMETRY_H
#define AQ_EXTRACT_NETWORKS_IMAGE_SWIN_GEOMETRY_H
#include "extract/networks/parts/prefixes.h"
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
    AQ_SWIN_OFFICIAL, /* microsoft/Swin-Transformer, old timm: downsample ends a stage
                       */
    AQ_SWIN_HF,       /* Hugging Face transformers: separate q, k, v */
    AQ_SWIN_TIMM      /* current timm: downsample begins a stage */
} AqSwinNames;
const char *aq_swin_names_text(AqSwinNames names); /* for people */

/* A file's naming; the prefix, such as "module.", "backbone." or "swin.", precedes all
 * names. */
typedef struct AqSwinNaming {
    AqSwinNames names;
    char prefix[AQ_PREFIX_BYTES];
} AqSwinNaming;

/* Does anything in the file suggest a Swin? (Swin V2 counts.) */
int aq_swin_is(const AqWeights *w);

/* Reads both from the file's tensors. Refuses Swin V2, saying so. */
AQ_MUST_CHECK AqErr aq_swin_geometry_read(AqSwinGeometry *out, AqSwinNaming *naming,
                                          const AqWeights *w);

/* The registry name of that geometry; "swin" if it has none. */
const char *aq_swin_geometry_name(const AqSwinGeometry *g);

/* A parameter's names in a file (ctx: AqSwinNaming *), for aq_params_load(). Our names
 * are torchvision's. */
int aq_swin_file_names(void *ctx, const char *name, AqParamSource from[3]);

#endif
