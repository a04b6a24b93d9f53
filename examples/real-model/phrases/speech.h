/* Recordings of speech, to take pieces of. */
#ifndef AQ_PHRASES_SPEECH_H
#define AQ_PHRASES_SPEECH_H
#include "base/err.h"
#include "base/rng.h"

typedef struct AqSpeech {
    float *samples; /* all recordings one behind the other, AQ_PHRASES_RATE, mono */
    int n, room;
} AqSpeech;

/* Adds a recording (any format of libsndfile, at AQ_PHRASES_RATE). AQ_ERR_MEDIA. */
AQ_MUST_CHECK AqErr aq_speech_add(AqSpeech *s, const char *path);
void aq_speech_clear(AqSpeech *s);

/* Writes a piece from somewhere, n samples; there have to be some. */
void aq_speech_take(const AqSpeech *s, AqRng *r, float *out, int n);

#endif
