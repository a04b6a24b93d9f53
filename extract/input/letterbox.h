/*
 * A front end for networks that look at parts of whole pictures: the picture, with its
 * aspect ratio, in the middle of a box, and in further boxes of other sizes. Around it
 * are zeros, which no pixel of a picture is, as the means are no whole numbers: so a
 * network sees what is picture.
 */
#ifndef AQ_EXTRACT_INPUT_LETTERBOX_H
#define AQ_EXTRACT_INPUT_LETTERBOX_H
#include "extract/input/frames_config.h"
#include "extract/input/input.h"

enum { AQ_LETTERBOX_MOST = 2 };

typedef struct AqLetterbox {
    int n;
    int height[AQ_LETTERBOX_MOST], width[AQ_LETTERBOX_MOST];
    AqFilter filter;
    double mean[3], deviation[3]; /* of red, green, blue in 0..1 */
} AqLetterbox;

/* Rows of (3, sum of heights, largest width): one box below the other, at the left. */
AqInput aq_letterbox_input(const AqLetterbox *how);
AqLetterbox aq_letterbox_of(const AqInput *in);

/* The size of a picture in box k, at least 1 x 1. */
void aq_letterbox_fit(const AqLetterbox *how, int k, int width, int height, int *w,
                      int *h);

extern const AqInputDef aq_input_letterbox;

#endif
