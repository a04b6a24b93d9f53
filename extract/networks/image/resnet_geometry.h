/*
 * The geometry of a ResNet (He et al., "Deep residual learning for image recognition",
 * CVPR 2016) as torchvision.models.resnet has it: the stride of a bottleneck is in its
 * 3x3 convolution.
 */
#ifndef AQ_EXTRACT_NETWORKS_IMAGE_RESNET_GEOMETRY_H
#define AQ_EXTRACT_NETWORKS_IMAGE_RESNET_GEOMETRY_H
#include "extract/networks/parts/prefixes.h"
#include "model/weights/weights.h"

#define AQ_RESNET_STAGES    4
#define AQ_RESNET_MAX_DEPTH 64

typedef struct AqResnetGeometry {
    int bottleneck; /* 1: blocks of 1x1, 3x3, 1x1; 0: of two 3x3 */
    int stem;       /* channels of the first convolution */
    int depths[AQ_RESNET_STAGES];
    int inner[AQ_RESNET_STAGES], outer[AQ_RESNET_STAGES]; /* channels in blocks, of
                                                             blocks */
} AqResnetGeometry;

/* By registry name; AQ_ERR_NOT_FOUND for "resnet", which needs a file. */
AQ_MUST_CHECK AqErr aq_resnet_geometry_named(AqResnetGeometry *out, const char *name);

/* A file's names are torchvision's (timm's are the same) behind a prefix. Folded: as
 * this program writes it, each convolution with a bias in place of a batch norm. */
typedef struct AqResnetNaming {
    int folded;
    char prefix[AQ_PREFIX_BYTES];
} AqResnetNaming;

int aq_resnet_is(const AqWeights *w);

/* Reads both from the file's tensors. Other stems and grouped convolutions (ResNeXt)
 * are AQ_ERR_UNSUPPORTED. */
AQ_MUST_CHECK AqErr aq_resnet_geometry_read(AqResnetGeometry *out,
                                            AqResnetNaming *naming, const AqWeights *w);

/* The registry name of that geometry; "resnet" if it has none. */
const char *aq_resnet_geometry_name(const AqResnetGeometry *g);

#endif
