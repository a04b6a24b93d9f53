/*
 * Extractors for tests, each with a front end of its own, and clips whose frames say
 * their number: red is the number's low byte, green 60 times the high one.
 *
 *   toy_quarter  4 pictures a second   rows {red, green, width, height}
 *   toy_clips    8 clips of 16 frames  rows {red, green of each frame}
 *   toy_parts    4 rows of sound a second, each its largest magnitude
 *
 * Their networks hand on what they are given.
 */
#ifndef AQ_TESTS_TOY_FRONT_ENDS_H
#define AQ_TESTS_TOY_FRONT_ENDS_H
#include "extract/networks/extractor.h"

enum { TOY_CLIPS = 8, TOY_FRAMES = 16 };

/* Into the registry: once, in the test and in its decoders, before anything else. */
void aq_toys_add(void);

/* The toy's input, as its network has it. */
AqInput aq_toy_input(const char *name);

/* The number of a frame by its red and green, 0 .. 255. */
int aq_toy_number_of(float red, float green);

/* A lossless clip: lavfi's picture of `seconds` (text) at `rate`, each frame numbered.
 */
#define NUMBERED(seconds, rate)                                                        \
    "-f lavfi -i \"color=black:s=64x48:r=" rate ":d=" seconds                          \
    ",format=gbrp,geq=r='mod(N,256)':g='60*floor(N/256)':b=0\" "
#define LOSSLESS "-c:v ffv1 -pix_fmt gbrp "

/* What the ffmpeg and ffprobe programs say of a clip: frames' numbers and when they are
 * on display, from the first one on. The last ends a step behind. */
typedef struct ToyFrames {
    int n;
    int number[2048];
    double at[2049];
} ToyFrames;
void aq_toy_frames(ToyFrames *out, const char *path);

#endif
