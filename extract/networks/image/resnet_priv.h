/* Inside ResNet: its parts, and their values from a file. */
#ifndef AQ_EXTRACT_NETWORKS_IMAGE_RESNET_PRIV_H
#define AQ_EXTRACT_NETWORKS_IMAGE_RESNET_PRIV_H
#include "extract/networks/image/resnet_geometry.h"
#include "model/nn/nn.h"
#include "model/nn/params.h"

enum { AQ_RESNET_CONVS = 3 /* of a block, at most */ };

typedef struct AqResConv {
    AqTensor *w, *b; /* (O,K,K,I), (O) */
    int stride, pad;
} AqResConv;

typedef struct AqResBlock {
    AqResConv conv[AQ_RESNET_CONVS]; /* w NULL: one fewer */
    AqResConv shortcut;              /* w NULL: the input itself, or pooled */
    int pooled;                      /* shortcut: dlib's (resnet_geometry.h) */
} AqResBlock;

typedef struct AqResnet {
    AqResnetGeometry g;
    int out; /* what is given, resnet.c's */
    AqParams *params;
    AqResConv stem;
    AqResBlock *stage[AQ_RESNET_STAGES];
    AqTensor *fcw, *fcb; /* (classes,C), (classes); NULL where not asked for */
} AqResnet;

/* Gives the declared parameters the values of the file: each convolution with what
 * follows it folded in (extract/networks/parts/folded.h), torchvision's batch norms or
 * dlib's biases and affine layers. */
AQ_MUST_CHECK AqErr aq_resnet_load(AqResnet *net, AqWeights *w, AqResnetNaming *as);

#endif
