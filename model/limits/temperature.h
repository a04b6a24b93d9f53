/*
 * Calibration (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017):
 * logits are divided by a temperature, one for each kind of question, fitted by maximum
 * likelihood on held-out questions. Clips without sound or without a picture have
 * separate temperatures, with the accuracy on them.
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

/* For one kind and one set of streams. */
typedef struct AqTemperature {
    double value;    /* 1: unchanged */
    double accuracy; /* fraction of n answered correctly */
    int n;           /* number of questions fitted on */
} AqTemperature;

typedef struct AqTemperatures {
    int n_kinds;       /* at least 1 */
    AqTemperature *of; /* (AQ_N_STREAMS, n_kinds) */
} AqTemperatures;

/* A question that was asked: logits (n_answers), -INFINITY for excluded answers. */
typedef struct AqAsked {
    const float *logits;
    int truth; /* -1: an answer that the model does not have */
    int kind;
} AqAsked;

/* All temperatures are 1, with n 0. */
AQ_MUST_CHECK AqErr aq_temperatures_new(AqTemperatures **out, int n_kinds);
void aq_temperatures_free(AqTemperatures **t);

/* Fits the temperatures for clips with these streams. A kind with few questions gets
 * the temperature fitted on all. */
void aq_temperatures_fit(AqTemperatures *t, AqStreams streams, const AqAsked *asked,
                         size_t n, int n_answers);

/* `kind` -1: the first. */
const AqTemperature *aq_temperature(const AqTemperatures *t, AqStreams streams,
                                    int kind);

/* Mean of -log probability of the right answers at 1/temperature `sharpness`. */
double aq_temperature_loss(const AqAsked *asked, size_t n, int n_answers, int kind,
                           double sharpness);

/* Gives; aq_free(). Reading checks for n_kinds kinds. */
AQ_MUST_CHECK AqErr aq_temperatures_to_json(const AqTemperatures *t, char **out);
AQ_MUST_CHECK AqErr aq_temperatures_from_json(AqTemperatures **out, const char *json,
                                              int n_kinds);

#endif
