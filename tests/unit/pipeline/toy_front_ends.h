/*
 * Extractors for tests, each with its own front end, and clips whose frames encode
 * their number: red is its low byte, green 60 times the high one.
 *
 *   toy_quarter  4 pictures a second   rows {red, green, width, height}
 *   toy_clips    8 clips of 16 frames  rows {red, green of each frame}
 *   toy_fours    a row a second        rows {red, green of each of 4 pictures}
 *   toy_many     a row a second        rows {red, green of each of 16 pictures}
 *   toy_parts    4 rows of sound a second, each its largest magnitude
 *
 * Their networks return their input.
 */
#ifndef AQ_TESTS_TOY_FRONT_ENDS_H
#define AQ_TESTS_TOY_FRONT_ENDS_H
#include "extract/networks/extractor.h"

enum { TOY_CLIPS = 8, TOY_FRAMES = 16 };

/* Registers them: once in the test and in its decoders, before anything else. */
void aq_toys_add(void);

/* The input of the toy of that name, as its network defines it. */
AqInput aq_toy_input(const char *name);

/* A frame's number from its red and green, 0 .. 255. */
int aq_toy_number_of(float red, float green);

/* A lossless clip: lavfi's picture of `seconds` (text) at `rate`, each frame numbered.
 */
#define NUMBERED(seconds, rate)                                                        \
    "-f lavfi -i \"color=black:s=64x48:r=" rate ":d=" seconds                          \
    ",format=gbrp,geq=r='mod(N,256)':g='60*floor(N/256)':b=0\" "
#define LOSSLESS "-c:v ffv1 -pix_fmt gbrp "

/* A clip according to the programs ffmpeg and ffprobe: the frames' numbers, and when
 * each is displayed, from the first one on; at[n] is when the last one ends. */
typedef struct ToyFrames {
    int n;
    int number[2048];
    double at[2049];
} ToyFrames;
void aq_toy_frames(ToyFrames *out, const char *path);

#endif
