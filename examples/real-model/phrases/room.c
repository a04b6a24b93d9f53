/* SPDX-License-Identifier: MIT */
/*
 * Peaks are second-order filters (Bristow-Johnson's "Audio EQ cookbook"); a room is
 * Schroeder's ("Natural sounding artificial reverberation", 1962): four combs side by
 * side, whose feedback is duller each time, then two all-passes; their lengths are
 * drawn anew each time.
 */
#include "examples/real-model/phrases/room.h"

#include "examples/real-model/phrases/synth.h"

#include <math.h>
#include <string.h>

enum { COMBS = 4, PASSES = 2, PEAKS = 3, MOST_DELAY = 1600 };
#define PI 3.14159265358979

double aq_room_rms(const float *x, int n)
{
    double sum = 0;

    for (int k = 0; k < n; k++)
        sum += (double)x[k] * (double)x[k];
    return n > 0 ? sqrt(sum / n) : 0;
}

static void filter_peak(float *x, int n, double hz, double db, double q)
{
    const double w = 2 * PI * hz / AQ_PHRASES_RATE, a = pow(10, db / 40),
                 alpha = sin(w) / (2 * q), c = -2 * cos(w), a0 = 1 + alpha / a,
                 b[] = {(1 + alpha * a) / a0, c / a0, (1 - alpha * a) / a0},
                 f[] = {c / a0, (1 - alpha / a) / a0};
    double x1 = 0, x2 = 0, y1 = 0, y2 = 0;

    for (int k = 0; k < n; k++) {
        const double y =
            b[0] * (double)x[k] + b[1] * x1 + b[2] * x2 - f[0] * y1 - f[1] * y2;

        x2 = x1;
        x1 = (double)x[k];
        y2 = y1;
        y1 = y;
        x[k] = (float)y;
    }
}

/* Each sample minus `by` of the one before (brighter), or the sum of them (duller). */
static void tilt_sound(float *x, int n, double by)
{
    double last = 0;

    for (int k = 0; k < n; k++) {
        const double now = (double)x[k];

        x[k] = (float)(now - by * last);
        last = by > 0 ? now : (double)x[k];
    }
}

void aq_room_equalise(float *x, int n, AqRng *r)
{
    for (int k = 0; k < PEAKS; k++) {
        const double hz = 90 * pow(6500.0 / 90, aq_rng_uniform(r)),
                     db = 4.5 * aq_rng_normal(r), q = aq_rng_range(r, 0.4, 2.5);

        filter_peak(x, n, hz, fmax(-12, fmin(12, db)), q);
    }
    tilt_sound(x, n, aq_rng_range(r, -0.5, 0.5));
}

typedef struct Delay {
    float line[MOST_DELAY];
    int n, at;
    double feedback, last;
} Delay;

static double step_comb(Delay *d, double x, double damping)
{
    const double out = (double)d->line[d->at];

    d->last = (1 - damping) * out + damping * d->last;
    d->line[d->at] = (float)(x + d->feedback * d->last);
    d->at = d->at + 1 < d->n ? d->at + 1 : 0;
    return out;
}

static double step_all_pass(Delay *d, double x)
{
    const double kept = (double)d->line[d->at], in = x - d->feedback * kept;

    d->line[d->at] = (float)in;
    d->at = d->at + 1 < d->n ? d->at + 1 : 0;
    return kept + d->feedback * in;
}

void aq_room_reverberate(float *x, int n, AqRng *r)
{
    static Delay comb[COMBS], pass[PASSES]; /* one thread */
    const double size = aq_rng_range(r, 0.3, 1),
                 t60 = 0.15 * pow(12, aq_rng_uniform(r)),
                 damping = aq_rng_range(r, 0.1, 0.7),
                 wet = aq_rng_uniform(r) < 0.25
                           ? 0
                           : pow(10, aq_rng_range(r, -26, -2) / 20);

    memset(comb, 0, sizeof comb);
    memset(pass, 0, sizeof pass);
    for (int k = 0; k < COMBS; k++) {
        comb[k].n = (int)(size * aq_rng_range(r, 0.025, 0.09) * AQ_PHRASES_RATE) + 1;
        comb[k].feedback = pow(10, -3 * comb[k].n / (t60 * AQ_PHRASES_RATE));
    }
    for (int k = 0; k < PASSES; k++) {
        pass[k].n = (int)(aq_rng_range(r, 0.001, 0.007) * AQ_PHRASES_RATE) + 1;
        pass[k].feedback = 0.7;
    }
    for (int t = 0; wet > 0 && t < n; t++) {
        double y = 0;

        for (int k = 0; k < COMBS; k++)
            y += step_comb(&comb[k], (double)x[t], damping);
        for (int k = 0; k < PASSES; k++)
            y = step_all_pass(&pass[k], y);
        x[t] += (float)(wet * y);
    }
}

void aq_room_add_noise(float *x, int n, double rms, AqRng *r)
{
    const double colour = aq_rng_uniform(r) < 0.3 ? 0 : aq_rng_range(r, 0.3, 0.99),
                 hum = aq_rng_uniform(r) < 0.15 ? aq_rng_range(r, 0, 1) : 0,
                 hz = aq_rng_below(r, 2) ? 50 : 60;
    double last = 0;

    for (int k = 0; k < n; k++) {
        last =
            colour * last + sqrt(1 - colour * colour) * aq_rng_range(r, -1.732, 1.732);
        x[k] += (float)(rms * (last + hum * sin(2 * PI * hz * k / AQ_PHRASES_RATE)));
    }
}

double aq_room_record(float *x, int n, AqRng *r)
{
    const double noise = pow(10, -aq_rng_range(r, 8, 40) / 20);

    aq_room_reverberate(x, n, r);
    aq_room_add_noise(x, n, noise, r);
    const double level = 0.2 * pow(10, -aq_rng_range(r, 0, 26) / 20);
    for (int k = 0; k < n; k++)
        x[k] = (float)tanh(level * (double)x[k]);
    return noise;
}
