/* One MP4 file: H.264 and AAC, through FFmpeg's libraries. */
#ifndef AQ_TOYBAND_CLIP_H
#define AQ_TOYBAND_CLIP_H
#include "examples/toyband/picture.h"

/* Writes the scene's picture and `samples` (mono, AQ_TOY_RATE) to `path`. The same
 * input gives the same bytes. */
AQ_MUST_CHECK AqErr aq_toy_clip_write(const char *path, const AqToyScene *s,
                                      AqToyStage *stage, const float *samples);

#endif
