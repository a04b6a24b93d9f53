/* One file with a scene, through FFmpeg's libraries: MP4 with H.264 and, if there is
 * sound, AAC; by its ending also AVI with MPEG-4, and small GIFs, both without sound.
 */
#ifndef AQ_TOYBAND_CLIP_H
#define AQ_TOYBAND_CLIP_H
#include "examples/toyband/picture.h"

/* Writes the scene's picture and `samples` (mono, AQ_TOY_RATE; NULL: no sound track) to
 * `path`. The same input gives the same bytes. */
AQ_MUST_CHECK AqErr aq_toy_clip_write(const char *path, const AqToyScene *s,
                                      AqToyStage *stage, const float *samples);

#endif
