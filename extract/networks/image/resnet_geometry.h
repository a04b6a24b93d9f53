/*
 * The geometry of a ResNet (He et al., "Deep residual learning for image recognition",
 * CVPR 2016) as torchvision.models.resnet has it: the stride of a bottleneck is in its
 * 3x3 convolution. dlib's ResNet-34 (dnn_imagenet_ex.cpp of its examples) is a
 * variant: no padding before the first pool and in a convolution with a stride, and the
 * shortcut beside that is the means of 2x2 pixels, with zeros for the channels that
 * come in addition. Pictures of 32 m + 35 pixels come out even.
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
    int classes;       /* of the classifier; 0: the file has none */
    int image;         /* pixels of a picture's side */
    int pooled;        /* dlib's variant */
    double average[3]; /* of its pictures' red, green and blue, of 255 */
} AqResnetGeometry;

/* By registry name; AQ_ERR_NOT_FOUND for "resnet", which needs a file. */
AQ_MUST_CHECK AqErr aq_resnet_geometry_named(AqResnetGeometry *out, const char *name);

/* Makes it dlib's variant, of the published file's pictures. */
void aq_resnet_make_pooled(AqResnetGeometry *g);

typedef enum AqResnetNames {
    AQ_RESNET_TORCHVISION, /* and timm */
    AQ_RESNET_FOLDED,      /* as this program writes it: each convolution with a bias in
                              place of a batch norm */
    AQ_RESNET_DLIB /* con0.filters ..., in the order in which a picture passes */
} AqResnetNames;
const char *aq_resnet_names_text(AqResnetNames names); /* for people */

/* A file's naming; the prefix precedes all names. */
typedef struct AqResnetNaming {
    AqResnetNames names;
    char prefix[AQ_PREFIX_BYTES];
} AqResnetNaming;

int aq_resnet_is(const AqWeights *w);

/* Reads both from the file's tensors. Other stems, grouped convolutions (ResNeXt) and
 * other networks of dlib's are AQ_ERR_UNSUPPORTED. */
AQ_MUST_CHECK AqErr aq_resnet_geometry_read(AqResnetGeometry *out,
                                            AqResnetNaming *naming, const AqWeights *w);

/* The registry name of that geometry; "resnet" if it has none. dlib's variant has the
 * name of the other one. */
const char *aq_resnet_geometry_name(const AqResnetGeometry *g);

/* Are blocks, depths and channels the same? */
int aq_resnet_is_like(const AqResnetGeometry *a, const AqResnetGeometry *b);

/* The side of stage s's grid, s from 0. */
int aq_resnet_side(const AqResnetGeometry *g, int s);

#endif
