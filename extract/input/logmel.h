/*
 * The front end of VGGish and YAMNet (tensorflow/models, research/audioset: vggish's
 * mel_features.py and vggish_params.py, yamnet's features.py and params.py): 25 ms
 * windows every 10 ms, periodic Hann, magnitude of a 512-point FFT, 64 HTK mel bands
 * from 125 to 7,500 Hz, log(mel + offset). Each second is framed separately: of its
 * 16,000 samples 98 windows fit, and the first 96 are used, which end at sample 15,600,
 * as for MUSIC-AVQA's features.
 */
#ifndef AQ_EXTRACT_INPUT_LOGMEL_H
#define AQ_EXTRACT_INPUT_LOGMEL_H
#include "extract/input/input.h"

#define AQ_LOGMEL_RATE AQ_INPUT_RATE
#define AQ_LOGMEL_ROWS 96
#define AQ_LOGMEL_COLS 64

/* What is added before the logarithm. */
#define AQ_LOGMEL_VGGISH 0.01
#define AQ_LOGMEL_YAMNET 0.001

/* The front end: rows of (96,64,1), one per second. */
AqInput aq_logmel_input(double offset);
double aq_logmel_offset(const AqInput *in); /* of such an input */
extern const AqInputDef aq_input_logmel;

typedef struct AqLogmel AqLogmel; /* for one thread */

AQ_MUST_CHECK AqErr aq_logmel_new(AqLogmel **out, double offset);
void aq_logmel_free(AqLogmel **l);

/* pcm: AQ_LOGMEL_RATE samples; out (96,64). */
AQ_MUST_CHECK AqErr aq_logmel_second(AqLogmel *l, const int16_t *pcm, float *out);

#endif
