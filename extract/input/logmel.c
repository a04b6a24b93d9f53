/* SPDX-License-Identifier: MIT */
#include "extract/input/logmel.h"

#include "base/alloc.h"

#include <libavutil/tx.h>
#include <math.h>
#include <string.h>

enum { WINDOW = 400, HOP = 160, FFT = 512, BINS = FFT / 2 + 1 };
#define LOW_HZ  125.0
#define HIGH_HZ 7500.0
#define PI      3.14159265358979323846

struct AqLogmel {
    AVTXContext *tx;
    av_tx_fn run;
    double offset;
    double window[WINDOW];
    double band[AQ_LOGMEL_COLS][BINS]; /* weight of each bin in each band */
    int from[AQ_LOGMEL_COLS], to[AQ_LOGMEL_COLS];
    AVComplexDouble *in, *out; /* (FFT) */
};

static double hz_to_mel(double hz)
{
    return 1127.0 * log(1.0 + hz / 700.0);
}

/* Triangular bands, linear in mel; bin 0, the constant part, belongs to none. */
static void make_bands(AqLogmel *l)
{
    const double lo = hz_to_mel(LOW_HZ),
                 step = (hz_to_mel(HIGH_HZ) - lo) / (AQ_LOGMEL_COLS + 1);

    for (int b = 0; b < AQ_LOGMEL_COLS; b++) {
        const double left = lo + step * b, mid = left + step, right = mid + step;

        for (int k = 1; k < BINS; k++) {
            const double m = hz_to_mel(k * (double)AQ_LOGMEL_RATE / FFT);
            const double up = (m - left) / (mid - left),
                         down = (right - m) / (right - mid);
            const double w = fmax(0.0, fmin(up, down));

            l->band[b][k] = w;
            if (w > 0 && l->from[b] == 0)
                l->from[b] = k;
            if (w > 0)
                l->to[b] = k + 1;
        }
    }
}

AqErr aq_logmel_new(AqLogmel **out, double offset)
{
    *out = NULL;
    AqLogmel *l = aq_alloc(1, sizeof *l);
    if (!l)
        return AQ_ERR_NOMEM;
    l->in = aq_alloc(FFT, sizeof *l->in);
    l->out = aq_alloc(FFT, sizeof *l->out);
    const double scale = 1.0;
    if (!l->in || !l->out ||
        av_tx_init(&l->tx, &l->run, AV_TX_DOUBLE_FFT, 0, FFT, &scale, 0) < 0) {
        aq_logmel_free(&l);
        return aq_fail(AQ_ERR_NOMEM, "the Fourier transform could not be set up");
    }
    for (int k = 0; k < WINDOW; k++)
        l->window[k] = 0.5 - 0.5 * cos(2 * PI * k / WINDOW);
    l->offset = offset;
    make_bands(l);
    *out = l;
    return AQ_OK;
}

void aq_logmel_free(AqLogmel **lp)
{
    AqLogmel *l = *lp;

    if (!l)
        return;
    av_tx_uninit(&l->tx);
    aq_free(l->in);
    aq_free(l->out);
    aq_free(l);
    *lp = NULL;
}

static void one_row(AqLogmel *l, const int16_t *pcm, float *out)
{
    double magnitude[BINS];

    for (int k = 0; k < FFT; k++)
        l->in[k] = (AVComplexDouble){
            .re = k < WINDOW ? pcm[k] / 32768.0 * l->window[k] : 0.0, .im = 0.0};
    l->run(l->tx, l->out, l->in, sizeof(AVComplexDouble));
    for (int k = 0; k < BINS; k++)
        magnitude[k] = sqrt(l->out[k].re * l->out[k].re + l->out[k].im * l->out[k].im);
    for (int b = 0; b < AQ_LOGMEL_COLS; b++) {
        double sum = 0;

        for (int k = l->from[b]; k < l->to[b]; k++)
            sum += l->band[b][k] * magnitude[k];
        out[b] = (float)log(sum + l->offset);
    }
}

AqErr aq_logmel_second(AqLogmel *l, const int16_t *pcm, float *out)
{
    for (int r = 0; r < AQ_LOGMEL_ROWS; r++)
        one_row(l, pcm + (size_t)r * HOP, out + (long)r * AQ_LOGMEL_COLS);
    return AQ_OK;
}

/* ---- as a front end ---- */

static char *logmel_recipe(const AqInput *in)
{
    return aq_strf("log-mel v1: window 400 hop 160 fft 512 hann magnitude, 64 htk "
                   "bands 125-7500, log(x+%g), seconds framed alone",
                   aq_logmel_offset(in));
}

static AqErr logmel_open(void **state, const AqInput *in)
{
    AqLogmel *l = NULL;
    const AqErr err = aq_logmel_new(&l, aq_logmel_offset(in));

    *state = l;
    return err;
}

static AqErr logmel_prepare(void *state, const AqInputShown *shown, float *row)
{
    return aq_logmel_second(state, shown->pcm, row);
}

static void logmel_close(void **state)
{
    AqLogmel *l = *state;

    aq_logmel_free(&l);
    *state = NULL;
}

AqInput aq_logmel_input(double offset)
{
    AqInput in = {.def = &aq_input_logmel,
                  .plan = AQ_ROWS_SECONDS,
                  .dims = {AQ_LOGMEL_ROWS, AQ_LOGMEL_COLS, 1}};

    memcpy(in.config, &offset, sizeof offset);
    return in;
}

double aq_logmel_offset(const AqInput *in)
{
    double offset;

    memcpy(&offset, in->config, sizeof offset);
    return offset;
}

const AqInputDef aq_input_logmel = {.name = "log-mel",
                                    .modality = AQ_AUDIO,
                                    .recipe = logmel_recipe,
                                    .open = logmel_open,
                                    .prepare = logmel_prepare,
                                    .close = logmel_close};
