/*
 * The geometry of ResNets over clips: ResNeXt whose bottlenecks' middle convolutions
 * are 3x3x3 in groups (Hara et al., "Can spatiotemporal 3D CNNs retrace the history of
 * 2D CNNs and ImageNet?", CVPR 2018; kenshohara/3D-ResNets-PyTorch, models/resnext.py,
 * shortcuts of type B), and R(2+1)D, whose 3x3x3 convolutions are 1x3x3 with a batch
 * norm and a ReLU, then 3x1x1 (Tran et al., "A closer look at spatiotemporal
 * convolutions for action recognition", CVPR 2018; torchvision.models.video.resnet).
 */
#ifndef AQ_EXTRACT_NETWORKS_VIDEO_RESNET3D_GEOMETRY_H
#define AQ_EXTRACT_NETWORKS_VIDEO_RESNET3D_GEOMETRY_H
#include "extract/networks/parts/prefixes.h"
#include "model/weights/weights.h"

#define AQ_RESNET3D_STAGES    4
#define AQ_RESNET3D_MAX_DEPTH 64

typedef enum AqResnet3dKind { AQ_RESNEXT3D, AQ_R2PLUS1D } AqResnet3dKind;

typedef struct AqResnet3dGeometry {
    AqResnet3dKind kind;
    int groups;         /* of the 3x3x3 convolutions; R(2+1)D: 1 */
    int stem, stem_mid; /* channels of the first convolution; between its halves, or 0
                         */
    int depths[AQ_RESNET3D_STAGES];
    int inner[AQ_RESNET3D_STAGES], outer[AQ_RESNET3D_STAGES]; /* channels in blocks, of
                                                                 blocks */
} AqResnet3dGeometry;

/* Channels into stage s's block k. */
int aq_resnet3d_into(const AqResnet3dGeometry *g, int s, int k);
/* R(2+1)D: channels between the halves of both of its convolutions, which gives them as
 * many weights as the 3x3x3 convolution from `in` to `out` channels has. */
int aq_resnet3d_between(int in, int out);

/* By registry name; AQ_ERR_NOT_FOUND for "resnet3d", which needs a file. */
AQ_MUST_CHECK AqErr aq_resnet3d_named(AqResnet3dGeometry *out, const char *name);

/* A file's names are its publisher's behind a prefix. Folded: as this program writes
 * it, each convolution with a bias in place of a batch norm. */
typedef struct AqResnet3dNaming {
    int folded;
    char prefix[AQ_PREFIX_BYTES];
} AqResnet3dNaming;

int aq_resnet3d_is(const AqWeights *w);

/* Reads both from the file's tensors. Their relatives (no groups, shortcuts without
 * weights, other halves, r3d_18 and mc3_18) are AQ_ERR_UNSUPPORTED. */
AQ_MUST_CHECK AqErr aq_resnet3d_read(AqResnet3dGeometry *out, AqResnet3dNaming *naming,
                                     const AqWeights *w);

/* The registry name of that geometry; "resnet3d" if it has none. */
const char *aq_resnet3d_name(const AqResnet3dGeometry *g);

#endif
