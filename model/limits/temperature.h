/*
 * Calibration (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017):
 * logits are divided by a temperature, one for each kind of question, fitted on
 * questions that the model was not trained on so that its probabilities are as likely
 * as can be. Apart for clips that lack their sound or their picture, of which how often
 * it was right there is kept too.
 */
#ifndef AQ_MODEL_LIMITS_TEMPERATURE_H
#define AQ_MODEL_LIMITS_TEMPERATURE_H
#include "base/err.h"

#include <stddef.h>

typedef enum AqStreams { /* what a clip has */
                         AQ_STREAMS_BOTH,
                         AQ_STREAMS_SOUND,
                         AQ_STREAMS_PICTURE,
                         AQ_N_STREAMS
} AqStreams;

/* Of one kind and streams. */
typedef struct AqTemperature {
    double value;    /* 1: as it is */
    double accuracy; /* share of n that was right */
    int n;           /* questions that it was fitted on */
} AqTemperature;

typedef struct AqTemperatures {
    int n_kinds;       /* at least 1 */
    AqTemperature *of; /* (AQ_N_STREAMS, n_kinds) */
} AqTemperatures;

/* A question that was asked: logits (n_answers), those of answers that are out of the
 * question -INFINITY. */
typedef struct AqAsked {
    const float *logits;
    int truth; /* -1: an answer that the model does not have */
    int kind;
} AqAsked;

/* All temperatures 1, of no questions. */
AQ_MUST_CHECK AqErr aq_temperatures_new(AqTemperatures **out, int n_kinds);
void aq_temperatures_free(AqTemperatures **t);

/* Fits those of clips with these streams. A kind with few questions takes the
 * temperature of all. */
void aq_temperatures_fit(AqTemperatures *t, AqStreams streams, const AqAsked *asked,
                         size_t n, int n_answers);

/* `kind` -1: the first. */
const AqTemperature *aq_temperature(const AqTemperatures *t, AqStreams streams,
                                    int kind);

/* Mean of -log probability of the right answers at 1/temperature `sharpness`. */
double aq_temperature_loss(const AqAsked *asked, size_t n, int n_answers, int kind,
                           double sharpness);

/* Gives; aq_free(). Read back, it must be of so many kinds. */
AQ_MUST_CHECK AqErr aq_temperatures_to_json(const AqTemperatures *t, char **out);
AQ_MUST_CHECK AqErr aq_temperatures_from_json(AqTemperatures **out, const char *json,
                                              int n_kinds);

#endif
