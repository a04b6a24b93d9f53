/*
 * Converts frames to network input: an RGB picture of any size to a normalised (3,S,S)
 * square.
 *
 * Resized as Pillow does (resize.h). Squash or crop, filter, means and deviations are
 * configured (frames_config.h).
 */
#ifndef AQ_EXTRACT_INPUT_FRAMES_H
#define AQ_EXTRACT_INPUT_FRAMES_H
#include "extract/input/frames_config.h"
#include "extract/input/input.h"

#include <stdint.h>

typedef struct AqFrames AqFrames; /* for one thread */

AQ_MUST_CHECK AqErr aq_frames_new(AqFrames **out, const AqFramesConfig *how);
void aq_frames_free(AqFrames **f);

/* rgb: height rows of width * 3 bytes, `stride` bytes apart. out (3,S,S): red, green
 * and blue planes, (value / 255 - mean) / std. */
AQ_MUST_CHECK AqErr aq_frames_prepare(AqFrames *f, const uint8_t *rgb, int width,
                                      int height, int stride, float *out);

/* The front end: rows of (3,S,S), or, of M pictures or frames, of (3*M,S,S), one after
 * another. */
AqInput aq_frames_input(const AqFramesConfig *how, AqRowPlan plan);
AqFramesConfig aq_frames_config_of(const AqInput *in);
extern const AqInputDef aq_input_frames;

#endif
