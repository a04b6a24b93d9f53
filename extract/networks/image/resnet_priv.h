/* Inside ResNet: its parts, their values from a file, and its grid, for the networks
 * that look at it. */
#ifndef AQ_EXTRACT_NETWORKS_IMAGE_RESNET_PRIV_H
#define AQ_EXTRACT_NETWORKS_IMAGE_RESNET_PRIV_H
#include "extract/networks/image/resnet_geometry.h"
#include "extract/networks/parts/network.h"
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

/* Declares the parameters of net->g in net->params. */
AQ_MUST_CHECK AqErr aq_resnet_declare(AqResnet *net, int with_classes);
/* Frees what net holds. */
void aq_resnet_clear(AqResnet *net);

/* in (n,3,H,W) to the last stage's grid, (n,h,w,C). */
AqTensor *aq_resnet_grid(const AqResnet *net, AqNn *nn, AqTensor *in,
                         const AqExtractorTap *tap);
/* Of a picture of net->g.image pixels a side. */
double aq_resnet_gflop(const AqResnet *net);

#endif
