/*
 * VGGish's front end (tensorflow/models, research/audioset/vggish: mel_features.py and
 * vggish_params.py): 25 ms windows every 10 ms, periodic Hann, magnitude of a 512-point
 * FFT, 64 HTK mel bands from 125 to 7,500 Hz, log(mel + 0.01). Each second is framed
 * separately: 98 windows fit, the first 96 are used, as for MUSIC-AVQA's features.
 */
#ifndef AQ_EXTRACT_INPUT_LOGMEL_H
#define AQ_EXTRACT_INPUT_LOGMEL_H
#include "extract/input/input.h"

#define AQ_LOGMEL_RATE AQ_INPUT_RATE
#define AQ_LOGMEL_ROWS 96
#define AQ_LOGMEL_COLS 64

/* The front end: rows of (96,64,1), one per second; no settings. */
AqInput aq_logmel_input(void);
extern const AqInputDef aq_input_logmel;

typedef struct AqLogmel AqLogmel; /* for one thread */

AQ_MUST_CHECK AqErr aq_logmel_new(AqLogmel **out);
void aq_logmel_free(AqLogmel **l);

/* pcm: AQ_LOGMEL_RATE samples; out (96,64). */
AQ_MUST_CHECK AqErr aq_logmel_second(AqLogmel *l, const int16_t *pcm, float *out);

#endif
