/*
 * Clips that tests make with the ffmpeg program in their own folder, and what the media
 * reader returns for them, second by second.
 */
#ifndef AQ_TESTS_UNIT_CLIPS_H
#define AQ_TESTS_UNIT_CLIPS_H
#include "base/err.h"
#include "extract/media/media.h"

#define MOST 64

/* What the media reader returned for a clip, by second. */
typedef struct Seen {
    AqErr err;
    int n;
    double grey[MOST];   /* mean of the picture; -1: none */
    double corner[MOST]; /* mean of its upper left quarter */
    double energy[MOST]; /* mean square of the sound; -1: none */
    int width, height, rotation, has_audio, has_video;
    char notes[512];
} Seen;

/* Reads at most `most` seconds of a clip. */
Seen look(const char *path, int most);
/* The same with that sound track; 0: the default one. */
Seen look_at_track(const char *path, int most, int audio_track);

/* The path of a file in our folder; the last few results stay valid. */
const char *in_dir(const char *leaf);

/* Runs ffmpeg with these arguments to write a file in our folder; returns its path. */
const char *make(const char *args, const char *leaf);

#define STEPS(s)                                                                       \
    "-f lavfi -i \"color=black:s=64x48:r=25:d=" s                                      \
    ",geq=lum='40+2*N':cb=128:cr=128,format=yuv420p\" "
#define TONE(s) "-f lavfi -i \"sine=440:r=44100:d=" s "\" "

/* The grey of STEPS' frame n in RGB. */
double grey_of(int n);

/* ---- numbered seconds: each second of picture has its own grey, and each second of
 * sound its own loudness, which shows what was placed where ---- */

/* `s` seconds from the k-th on, at 25 frames per second. */
#define PICTURE(s, k)                                                                  \
    "-f lavfi -i \"color=black:s=64x48:r=25:d=" s ",geq=lum='40+12*floor(" k           \
    "+N/25)':cb=128:cr=128,format=yuv420p\" "
#define SOUND(s, k)                                                                    \
    "-f lavfi -i \"aevalsrc='0.05*(1+" k "+floor(t))*sin(2764*t)':s=48000:d=" s "\" "
#define CODECS "-c:v libx264 -preset ultrafast -g 25 -c:a aac "

/* The number that the picture, or the sound, of a second shows; -1: none. */
int seen(const Seen *s, int at);
int heard(const Seen *s, int at);

/* Fails the test unless both streams show n consecutive seconds. The picture may lag by
 * a frame, as these codecs' sound begins earlier. */
void check_line(const char *path, const Seen *s, int n);

/* Write `n` seconds from the k-th on, with ffmpeg's output options `how`, into our
 * folder; the second one writes sound only. */
void part(const char *leaf, const char *n, const char *k, const char *how);
void sound_part(const char *leaf, const char *n, const char *k, const char *how);

/* Runs a shell command in our folder. */
void shell(const char *cmd);

/* A group's set-up and tear-down: create and remove the folder. */
int clips_begin(void **state);
int clips_end(void **state);

#endif
