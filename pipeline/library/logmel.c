/* SPDX-License-Identifier: MIT */
#include "pipeline/library/library_priv.h"

#include "base/alloc.h"
#include "extract/input/logmel.h"

#include <math.h>

typedef struct LogmelWork {
    const float *samples;
    size_t n_seconds;
    double offset;
    float *out;
} LogmelWork;

/* The 16 bits that the front end reads; what avqa_decode() gives comes back unchanged.
 */
static int16_t sample_as_int16(float x)
{
    const float v = rintf(x * 32768);

    return (int16_t)(v < -32768 ? -32768 : v > 32767 ? 32767 : v);
}

static AqErr make_logmel(void *ctx)
{
    const LogmelWork *w = ctx;
    int16_t *pcm = aq_alloc(AVQA_RATE, sizeof *pcm);
    AqLogmel *l = NULL;
    AqErr err = pcm ? aq_logmel_new(&l, w->offset) : AQ_ERR_NOMEM;

    _Static_assert(AVQA_RATE == AQ_LOGMEL_RATE, "one rate");
    for (size_t t = 0; err == AQ_OK && t < w->n_seconds; t++) {
        for (size_t k = 0; err == AQ_OK && k < AVQA_RATE; k++) {
            const float x = w->samples[t * AVQA_RATE + k];

            pcm[k] = isfinite(x) ? sample_as_int16(x) : 0;
            if (!isfinite(x))
                err = aq_fail(AQ_ERR_USAGE, "sample %zu is not a finite number",
                              t * AVQA_RATE + k);
        }
        if (err == AQ_OK)
            err =
                aq_logmel_second(l, pcm, w->out + t * AQ_LOGMEL_ROWS * AQ_LOGMEL_COLS);
    }
    aq_logmel_free(&l);
    aq_free(pcm);
    return err;
}

AvqaStatus avqa_logmel(const float *samples, size_t n_seconds, double offset,
                       float *out, AvqaError *error)
{
    LogmelWork w = {samples, n_seconds, offset, out};
    const AqErr err =
        offset > 0 && isfinite(offset)
            ? aq_library_call(make_logmel, &w)
            : aq_fail(AQ_ERR_USAGE, "the offset is a number above 0, such as 0.01");

    return aq_library_status(err, error);
}
