/* SPDX-License-Identifier: MIT */
#include "model/data/answers.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

const char *const aq_count_names[AQ_N_COUNTS] = {"1", "2", "3", "4", "5",
                                                 "6", "7", "8", "9", "10"};

int aq_count_of(const char *text)
{
    char *end;

    const long n = strtol(text, &end, 10); /* at its bounds if it is beyond them */
    if (end == text || *end)
        return -1;
    return n < AQ_COUNT_LEAST ? AQ_COUNT_LEAST
                              : (int)(n > AQ_COUNT_MOST ? AQ_COUNT_MOST : n);
}

int aq_likeliest(const float *v, int n)
{
    int best = 0;

    for (int k = 1; k < n; k++)
        if (v[k] > v[best])
            best = k;
    return best;
}

AqCalibration aq_calibration(const AqAnswer *answers, size_t n, int raw)
{
    AqCalibration c = {.error = 0};
    size_t n_given = 0;

    for (size_t k = 0; k < n; k++) {
        const AqAnswer *a = &answers[k];

        if (a->cannot_tell && !raw)
            continue;
        n_given++;
        const double p = (double)(raw ? a->raw_probability : a->probability);
        int bin = (int)(p * AQ_CALIBRATION_BINS);

        bin = bin < 0 ? 0 : bin >= AQ_CALIBRATION_BINS ? AQ_CALIBRATION_BINS - 1 : bin;
        c.n[bin]++;
        c.confidence[bin] += p;
        c.accuracy[bin] += (raw ? a->raw_given : a->given) == a->truth;
    }
    for (int b = 0; b < AQ_CALIBRATION_BINS; b++) {
        if (c.n[b] == 0)
            continue;
        c.error += fabs(c.accuracy[b] - c.confidence[b]) / (double)n_given;
        c.confidence[b] /= (double)c.n[b];
        c.accuracy[b] /= (double)c.n[b];
    }
    return c;
}

AqAnswered aq_answered(const AqAnswer *answers, size_t n)
{
    AqAnswered y = {.of = n};

    for (size_t k = 0; k < n; k++) {
        y.n += !answers[k].cannot_tell;
        y.n_right += !answers[k].cannot_tell && answers[k].given == answers[k].truth;
    }
    return y;
}

static int commonest_first(const void *a, const void *b)
{
    const AqConfusion *x = a, *y = b;

    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return x->truth != y->truth ? x->truth - y->truth : x->given - y->given;
}

AqErr aq_confusion(AqConfusion **out, size_t *n_pairs, const AqAnswer *answers,
                   size_t n, int n_answers)
{
    const size_t K = (size_t)n_answers, cells = (K + 1) * K;
    AqConfusion *all = aq_alloc(cells ? cells : 1, sizeof *all);

    *out = all;
    *n_pairs = 0;
    if (!all)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++) {
        const size_t row = answers[k].truth < 0 ? K : (size_t)answers[k].truth;
        AqConfusion *c = &all[row * K + (size_t)answers[k].given];

        *c = (AqConfusion){answers[k].truth, answers[k].given, c->n + 1};
    }
    for (size_t k = 0; k < cells; k++)
        if (all[k].n > 0)
            all[(*n_pairs)++] = all[k];
    qsort(all, *n_pairs, sizeof *all, commonest_first);
    return AQ_OK;
}
