/*
 * Plays an instrument from a recording: finds its onsets, and uses the sound from one
 * onset to the next as a note, resampled for other keys.
 */
#ifndef AQ_TOYBAND_RECORDING_H
#define AQ_TOYBAND_RECORDING_H
#include "examples/toyband/scene/band.h"

#include <stddef.h>

#define AQ_TOY_ONSETS 128

typedef struct AqToyRecording {
    float *samples; /* mono, AQ_TOY_RATE */
    int n, n_onsets;
    int onset[AQ_TOY_ONSETS]; /* samples; ascending */
} AqToyRecording;

/* Reads an audio file from memory (any format of libsndfile), at AQ_TOY_RATE. `name` is
 * for messages. AQ_ERR_MEDIA if it cannot be used. */
AQ_MUST_CHECK AqErr aq_toy_recording_read(AqToyRecording *out, const char *name,
                                          const unsigned char *bytes, size_t n);
void aq_toy_recording_clear(AqToyRecording *r);

/* Writes the player's notes to out[n], `semitones` higher. */
void aq_toy_recording_play(const AqToyRecording *rec, const AqToyPlayer *p,
                           double semitones, AqRng *r, float *out, int n);

#endif
