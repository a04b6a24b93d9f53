/*
 * An instrument from a recording: its onsets are found, and a note is what sounds from
 * one of them to the next, at another speed for another key.
 */
#ifndef AQ_TOYBAND_RECORDING_H
#define AQ_TOYBAND_RECORDING_H
#include "examples/toyband/band.h"

#include <stddef.h>

#define AQ_TOY_ONSETS 128

typedef struct AqToyRecording {
    float *samples; /* mono, AQ_TOY_RATE */
    int n, n_onsets;
    int onset[AQ_TOY_ONSETS]; /* samples; rising */
} AqToyRecording;

/* An audio file as bytes (Ogg, WAV: what libsndfile reads), at AQ_TOY_RATE. `name` is
 * for messages. AQ_ERR_MEDIA. */
AQ_MUST_CHECK AqErr aq_toy_recording_read(AqToyRecording *out, const char *name,
                                          const unsigned char *bytes, size_t n);
void aq_toy_recording_clear(AqToyRecording *r);

/* Writes the player's notes to out[n], `semitones` higher. */
void aq_toy_recording_play(const AqToyRecording *rec, const AqToyPlayer *p,
                           double semitones, AqRng *r, float *out, int n);

#endif
