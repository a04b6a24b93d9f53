/*
 * The geometry of YAMNet (tensorflow/models, research/audioset/yamnet/yamnet.py): a 3x3
 * convolution of stride 2, then 13 pairs of a 3x3 depthwise and a 1x1 convolution, each
 * with a batch norm and a ReLU (MobileNet v1, Howard et al., 2017); the mean over time
 * and frequency; a linear layer of classes. Channels are read from a file; the strides
 * are the published ones, as files of weights have none.
 */
#ifndef AQ_EXTRACT_NETWORKS_SOUND_YAMNET_GEOMETRY_H
#define AQ_EXTRACT_NETWORKS_SOUND_YAMNET_GEOMETRY_H
#include "extract/networks/parts/prefixes.h"
#include "model/weights/weights.h"

#define AQ_YAMNET_LAYERS 14
#define AQ_YAMNET_KERNEL 3

typedef struct AqYamnetGeometry {
    int width[AQ_YAMNET_LAYERS]; /* channels behind each layer */
    int classes;                 /* 0: without that layer, or with several */
} AqYamnetGeometry;

/* 521 classes of 1,024 values. */
AqYamnetGeometry aq_yamnet_published(void);

/* The stride of layer k, from 0 on; of a pair, its depthwise convolution's. */
int aq_yamnet_stride(int k);

/* ---- names ---- */

/* Our names are "layer1.conv", and from layer 2 on "layer2.depthwise" and
 * "layer2.pointwise", and "head", each with ".weight" and ".bias". */
typedef enum AqYamnetFile {
    AQ_YAMNET_OURS,
    AQ_YAMNET_KERAS, /* layer2/depthwise_conv/depthwise_kernel:0; has batch norms */
    AQ_YAMNET_TFLITE /* depthwise_conv_2d.0.weight (model/weights/tflite.c) */
} AqYamnetFile;

typedef struct AqYamnetNaming {
    AqYamnetFile file;
    char prefix[AQ_PREFIX_BYTES];
    char head[48]; /* the layer of classes: "dense", "fully_connected.3"; "" if none */
} AqYamnetNaming;

/* The file's name for one of ours, as "layer2.pointwise": without the leaf. */
void aq_yamnet_file_name(const AqYamnetNaming *as, const char *ours, char *to,
                         size_t bytes);

/* The same for a whole name, and how the dimensions lie (AqParamNames); ctx is the
 * naming. 0, none, for Keras's convolutions, as their batch norms belong to them. */
int aq_yamnet_source(void *ctx, const char *name, AqParamSource from[3]);

const char *aq_yamnet_whose(const AqYamnetNaming *as); /* names: "Keras" */

/* ---- from a file ---- */

int aq_yamnet_is(const AqWeights *w);

/* Reads both. AQ_ERR_MISMATCH if it is another network of such layers. */
AQ_MUST_CHECK AqErr aq_yamnet_geometry_read(AqYamnetGeometry *out,
                                            AqYamnetNaming *naming, const AqWeights *w);

#endif
