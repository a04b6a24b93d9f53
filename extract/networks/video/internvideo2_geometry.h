/*
 * The geometry of InternVideo2's vision encoder (Wang et al., "InternVideo2: scaling
 * foundation models for multimodal video understanding", ECCV 2024; internvideo2.py of
 * OpenGVLab/InternVideo), and its tensors' names in the published files.
 */
#ifndef AQ_EXTRACT_NETWORKS_VIDEO_INTERNVIDEO2_GEOMETRY_H
#define AQ_EXTRACT_NETWORKS_VIDEO_INTERNVIDEO2_GEOMETRY_H
#include "extract/networks/parts/prefixes.h"
#include "extract/networks/video/places.h"
#include "model/nn/params.h"
#include "model/weights/weights.h"

#define AQ_INTERNVIDEO2_POOL_HEADS 16 /* of the attention pool; files do not tell */

typedef struct AqInternvideo2Geometry {
    int width, layers, heads; /* D; blocks; files do not tell the heads */
    int mlp, patch;           /* width of the MLPs; pixels of a patch's side */
    int joint;                /* of the pooled vector; 0: the file has no pool */
    AqPlaces places;          /* those that there are positions for */
} AqInternvideo2Geometry;

/* By registry name; AQ_ERR_NOT_FOUND for "internvideo2", which needs a file. */
AQ_MUST_CHECK AqErr aq_internvideo2_named(AqInternvideo2Geometry *out,
                                          const char *name);

/* The registry name of that geometry, wherever its positions are; "internvideo2" if it
 * has none. */
const char *aq_internvideo2_name(const AqInternvideo2Geometry *g);

/* A file's naming: the prefix, such as "vision_encoder.", how it calls LayerScale's
 * factors, and whether positions are taken from it as they are. */
typedef struct AqInternvideo2Naming {
    char prefix[AQ_PREFIX_BYTES];
    const char *factor; /* "gamma" or "weight" */
    int sets_places;    /* 1: pos_embed is resized by whoever loads */
} AqInternvideo2Naming;

/* Is there an InternVideo2 in the file, or a part of one? */
int aq_internvideo2_is(const AqWeights *w);

/* Reads both from the file's tensors. AQ_ERR_UNSUPPORTED for the files of its CLIP
 * training that have the attention pool alone. */
AQ_MUST_CHECK AqErr aq_internvideo2_read(AqInternvideo2Geometry *out,
                                         AqInternvideo2Naming *naming,
                                         const AqWeights *w);

/* A parameter's name in a file (ctx: AqInternvideo2Naming *), for aq_params_load(). */
int aq_internvideo2_file_names(void *ctx, const char *name, AqParamSource from[3]);

#endif
