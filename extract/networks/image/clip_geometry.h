/*
 * The geometry of CLIP's vision transformer (Radford et al., "Learning transferable
 * visual models from natural language supervision", ICML 2021; clip/model.py of
 * openai/CLIP), and its tensors' names in the common files.
 */
#ifndef AQ_EXTRACT_NETWORKS_IMAGE_CLIP_GEOMETRY_H
#define AQ_EXTRACT_NETWORKS_IMAGE_CLIP_GEOMETRY_H
#include "extract/networks/parts/prefixes.h"
#include "model/nn/params.h"
#include "model/weights/weights.h"

#define AQ_CLIP_HEAD_SIZE 64 /* in every published one; files do not tell */

typedef struct AqClipGeometry {
    int width, layers; /* W; blocks */
    int patch, grid;   /* pixels of a patch's side; g, patches of a picture's side */
    int mlp;           /* width of the MLPs */
    int joint;         /* E, of the space shared with text; 0: the file has no such
                          projection */
} AqClipGeometry;

/* By registry name; AQ_ERR_NOT_FOUND for "clip_vit", which needs a file. */
AQ_MUST_CHECK AqErr aq_clip_geometry_named(AqClipGeometry *out, const char *name);

typedef enum AqClipNames {
    AQ_CLIP_OPENAI, /* and open_clip */
    AQ_CLIP_HF,     /* Hugging Face transformers: separate q, k, v */
    AQ_CLIP_TIMM
} AqClipNames;
const char *aq_clip_names_text(AqClipNames names); /* for people */

/* A file's naming; the prefix, such as "visual." or "vision_model.", precedes all names
 * but the projection's of Hugging Face's, which is beside it. */
typedef struct AqClipNaming {
    AqClipNames names;
    char prefix[AQ_PREFIX_BYTES];
} AqClipNaming;

/* Is there a CLIP's vision transformer in the file? */
int aq_clip_is(const AqWeights *w);

/* Reads both from the file's tensors. */
AQ_MUST_CHECK AqErr aq_clip_geometry_read(AqClipGeometry *out, AqClipNaming *naming,
                                          const AqWeights *w);

/* The registry name of that geometry; "clip_vit" if it has none. */
const char *aq_clip_geometry_name(const AqClipGeometry *g);

/* A parameter's names in a file (ctx: AqClipNaming *), for aq_params_load(). Our names
 * are OpenAI's without "visual."; "proj" is (W,E), as theirs. */
int aq_clip_file_names(void *ctx, const char *name, AqParamSource from[3]);

#endif
