/*
 * The geometry of the sound network of this program: ConvNeXt (Liu et al., "A ConvNet
 * for the 2020s", 2022) over a second's log-mel. A 7x7 convolution of stride 4, then
 * stages of blocks, each a depthwise convolution, a layer norm and two linear layers of
 * GELU between, added to what went in; before a stage but the first a layer norm and a
 * 2x2 convolution of stride 2; the mean over time and frequency, a layer norm, and a
 * linear layer that gives a log-odds for each concept. Read from a file's tensors.
 */
#ifndef AQ_EXTRACT_NETWORKS_SOUND_HEARING_GEOMETRY_H
#define AQ_EXTRACT_NETWORKS_SOUND_HEARING_GEOMETRY_H
#include "model/weights/weights.h"

enum {
    AQ_HEARING_STAGES = 4,
    AQ_HEARING_MOST_BLOCKS = 32, /* of a stage */
    AQ_HEARING_STEM = 7,         /* pixels of a filter's side */
    AQ_HEARING_STRIDE = 4,
    AQ_HEARING_DOWN = 2
};

typedef struct AqHearingGeometry {
    int width[AQ_HEARING_STAGES], depth[AQ_HEARING_STAGES];
    int kernel;  /* side of depthwise filters, odd */
    int inside;  /* the block's wider layer is so many times as wide */
    int columns; /* concepts */
} AqHearingGeometry;

/* As it ships. */
AqHearingGeometry aq_hearing_usual(void);

/* Does the file have these tensors? */
int aq_hearing_is(const AqWeights *w);

/* AQ_ERR_MISMATCH if they do not make such a network. */
AQ_MUST_CHECK AqErr aq_hearing_geometry_read(AqHearingGeometry *out,
                                             const AqWeights *w);

#endif
