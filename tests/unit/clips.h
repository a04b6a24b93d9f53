/*
 * Clips that tests make with the ffmpeg program, in a folder of their own, and what the
 * media reader gives of them, second by second.
 */
#ifndef AQ_TESTS_UNIT_CLIPS_H
#define AQ_TESTS_UNIT_CLIPS_H
#include "base/err.h"
#include "extract/media/media.h"

#define MOST 64

/* What a clip gave, second by second. */
typedef struct Seen {
    AqErr err;
    int n;
    double grey[MOST];   /* mean of the picture, -1 where there is none */
    double corner[MOST]; /* mean of the upper left quarter */
    double energy[MOST]; /* mean square of the sound, -1 where there is none */
    int width, height, rotation, has_audio, has_video;
    char notes[512];
} Seen;

/* At most `most` seconds. */
Seen look(const char *path, int most);
/* Of that sound track; 0: as the clip marks it. */
Seen look_at_track(const char *path, int most, int audio_track);

/* A file in our folder; the last few results stay valid. */
const char *in_dir(const char *leaf);

/* Runs ffmpeg with these arguments; the last is a file in our folder, which is given.
 */
const char *make(const char *args, const char *leaf);

#define STEPS(s)                                                                       \
    "-f lavfi -i \"color=black:s=64x48:r=25:d=" s                                      \
    ",geq=lum='40+2*N':cb=128:cr=128,format=yuv420p\" "
#define TONE(s) "-f lavfi -i \"sine=440:r=44100:d=" s "\" "

/* The grey that frame n of STEPS has in RGB. */
double grey_of(int n);

/* ---- counted seconds: second k of the picture has a grey of its own, and second k of
 * the sound a loudness of its own, so that it is seen what was put where ---- */

/* `s` seconds that begin with the k-th, frames of 1/25 s. */
#define PICTURE(s, k)                                                                  \
    "-f lavfi -i \"color=black:s=64x48:r=25:d=" s ",geq=lum='40+12*floor(" k           \
    "+N/25)':cb=128:cr=128,format=yuv420p\" "
#define SOUND(s, k)                                                                    \
    "-f lavfi -i \"aevalsrc='0.05*(1+" k "+floor(t))*sin(2764*t)':s=48000:d=" s "\" "
#define CODECS "-c:v libx264 -preset ultrafast -g 25 -c:a aac "

/* Which of them the picture and the sound of a second are; -1: none. */
int seen(const Seen *s, int at);
int heard(const Seen *s, int at);

/* n seconds, one after the other, in both streams, or the test fails. The picture may
 * lag behind by a frame, for the sound of these codecs begins before it does. */
void check_line(const char *path, const Seen *s, int n);

/* `n` seconds that begin with the k-th, with ffmpeg's output options `how`, into our
 * folder; of sound alone. */
void part(const char *leaf, const char *n, const char *k, const char *how);
void sound_part(const char *leaf, const char *n, const char *k, const char *how);

/* Runs a shell command in our folder. */
void shell(const char *cmd);

/* A group's set-up and tear-down: the folder. */
int clips_begin(void **state);
int clips_end(void **state);

#endif
