/* SPDX-License-Identifier: MIT */
/* Finds the strongest directions by orthogonal iteration on the rows themselves, which
 * avoids a covariance matrix of thousands by thousands; then rotates them so that
 * values along them are uncorrelated (Jacobi). */
#include "base/alloc.h"
#include "base/rng.h"
#include "model/limits/likeness.h"
#include "model/tensor/gemm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 20
#define SWEEPS 30

/* Keeps nearly constant values from being blown up: this fraction of the root mean
 * variance is added to each deviation. */
#define LIFT 0.05

/* This share of held-out clips is within the threshold of each of two streams. They are
 * as varied as the training's; from plainer ones hardly any is beyond it. */
#define WITHIN    0.99
#define DEVIATION 2.326 /* the same for a normal distribution */
#define MANY      100   /* clips that show it by themselves */
#define MARGIN    1.15  /* factor on top where there are fewer */

/* Standardised rows x (n, width) and directions q (m, width). */
typedef struct LikenessSearch {
    const float *x;
    int n, width, m;
    float *q, *other, *y; /* (m, width) twice, (n, m) */
    double *c;            /* (m, m) covariance between directions */
} LikenessSearch;

/* ---- standardising ---- */

static void fit_row_moments(AqLikeness *l, const float *rows, size_t n)
{
    const size_t width = (size_t)l->width;
    double all = 0;

    for (size_t k = 0; k < width; k++) {
        double sum = 0, square = 0;

        for (size_t r = 0; r < n; r++)
            sum += (double)rows[r * width + k] / (double)n;
        for (size_t r = 0; r < n; r++) {
            const double d = (double)rows[r * width + k] - sum;

            square += d * d / (double)n;
        }
        l->mean[k] = (float)sum;
        l->scale[k] = (float)sqrt(square); /* the deviation for now */
        all += square / (double)width;
    }
    for (size_t k = 0; k < width; k++)
        l->scale[k] = (float)(1 / ((double)l->scale[k] + LIFT * sqrt(all) + 1e-12));
}

static void standardise_rows(const AqLikeness *l, float *rows, size_t n)
{
    const size_t width = (size_t)l->width;

    for (size_t r = 0; r < n; r++)
        for (size_t k = 0; k < width; k++)
            rows[r * width + k] = (rows[r * width + k] - l->mean[k]) * l->scale[k];
}

/* ---- directions ---- */

static double dot_product(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t k = 0; k < n; k++)
        sum += (double)a[k] * (double)b[k];
    return sum;
}

/* Modified Gram-Schmidt; a direction that vanishes becomes zeros. */
static void orthonormalise_basis(const LikenessSearch *s)
{
    const size_t width = (size_t)s->width;

    for (int i = 0; i < s->m; i++) {
        float *a = s->q + (size_t)i * width;

        for (int j = 0; j < i; j++) {
            const float *b = s->q + (size_t)j * width;
            const double d = dot_product(a, b, width);

            for (size_t k = 0; k < width; k++)
                a[k] -= (float)(d * (double)b[k]);
        }
        const double length = sqrt(dot_product(a, a, width));
        for (size_t k = 0; k < width; k++)
            a[k] = length > 1e-6 ? (float)((double)a[k] / length) : 0;
    }
}

/* other = q times the covariance of the rows. */
static void multiply_by_covariance(const LikenessSearch *s)
{
    const int W = s->width, m = s->m, n = s->n;

    aq_gemm(s->y, m, s->x, W, AQ_N, s->q, W, AQ_T, n, m, W, 1, 0);
    aq_gemm(s->other, W, s->y, m, AQ_T, s->x, W, AQ_N, m, W, n, 1 / (float)n, 0);
}

static void iterate_subspace(const LikenessSearch *s)
{
    const size_t all = (size_t)s->m * (size_t)s->width;
    AqRng rng = aq_rng(1, 1);

    for (size_t k = 0; k < all; k++)
        s->q[k] = (float)aq_rng_normal(&rng);
    orthonormalise_basis(s);
    for (int round = 0; round < ROUNDS; round++) {
        multiply_by_covariance(s);
        memcpy(s->q, s->other, all * sizeof *s->q);
        orthonormalise_basis(s);
    }
}

static void rotate_pair(double *a, double *b, double cosine, double sine)
{
    const double x = *a, y = *b;

    *a = cosine * x - sine * y;
    *b = sine * x + cosine * y;
}

/* Rotates directions i and j so that values along them are uncorrelated. */
static void rotate_directions(const LikenessSearch *s, int i, int j)
{
    double *c = s->c;
    const int m = s->m;

    if (fabs(c[i * m + j]) < 1e-12)
        return;
    const double tau = (c[j * m + j] - c[i * m + i]) / (2 * c[i * m + j]),
                 t = (tau < 0 ? -1 : 1) / (fabs(tau) + sqrt(1 + tau * tau)),
                 cosine = 1 / sqrt(1 + t * t), sine = t * cosine;
    float *a = s->q + (size_t)i * (size_t)s->width,
          *b = s->q + (size_t)j * (size_t)s->width;

    for (int k = 0; k < m; k++)
        rotate_pair(&c[i * m + k], &c[j * m + k], cosine, sine);
    for (int k = 0; k < m; k++)
        rotate_pair(&c[k * m + i], &c[k * m + j], cosine, sine);
    for (int k = 0; k < s->width; k++) {
        double x = (double)a[k], y = (double)b[k];

        rotate_pair(&x, &y, cosine, sine);
        a[k] = (float)x;
        b[k] = (float)y;
    }
}

/* Leaves the variances in c's diagonal. */
static void diagonalise_covariance(const LikenessSearch *s)
{
    const size_t width = (size_t)s->width;

    multiply_by_covariance(s);
    for (int i = 0; i < s->m; i++)
        for (int j = 0; j < s->m; j++)
            s->c[i * s->m + j] = (dot_product(s->other + (size_t)i * width,
                                              s->q + (size_t)j * width, width) +
                                  dot_product(s->other + (size_t)j * width,
                                              s->q + (size_t)i * width, width)) /
                                 2;
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (int i = 0; i < s->m; i++)
            for (int j = i + 1; j < s->m; j++)
                rotate_directions(s, i, j);
}

static void store_likeness_basis(AqLikeness *l, const LikenessSearch *s)
{
    const int m = s->m, others = s->width > m ? s->width - m : 1;
    double all = dot_product(s->x, s->x, (size_t)s->n * (size_t)s->width) / s->n;

    for (int i = 0; i < m; i++) {
        all -= s->c[i * m + i];
        l->variance[i] = (float)fmax(s->c[i * m + i], 1e-6);
    }
    l->rest = fmax(all / others, 1e-6);
    memcpy(l->basis, s->q, (size_t)m * (size_t)s->width * sizeof *s->q);
}

static AqErr find_directions(AqLikeness *l, const float *rows, size_t n)
{
    const size_t m = (size_t)l->n, width = (size_t)l->width;
    LikenessSearch s = {.x = rows, .n = (int)n, .width = l->width, .m = l->n};

    s.q = aq_alloc(2 * m * width + n * m, sizeof *s.q);
    s.c = aq_alloc(m * m, sizeof *s.c);
    if (s.q && s.c) {
        s.other = s.q + m * width;
        s.y = s.other + m * width;
        iterate_subspace(&s);
        diagonalise_covariance(&s);
        store_likeness_basis(l, &s);
    }
    const AqErr err = s.q && s.c ? AQ_OK : AQ_ERR_NOMEM;
    aq_free(s.q);
    aq_free(s.c);
    return err;
}

AqErr aq_likeness_fit(AqLikeness *out, float *rows, size_t n_rows, int width)
{
    int n = (int)(n_rows / 8);

    *out = (AqLikeness){.n = 0};
    if (n_rows < AQ_LIKENESS_FEWEST || width < 1)
        return AQ_OK;
    n = n > AQ_LIKENESS_MOST ? AQ_LIKENESS_MOST : n;
    n = n > (width + 1) / 2 ? (width + 1) / 2 : n;
    AqErr err = aq_likeness_new(out, width, n);
    if (err != AQ_OK)
        return err;
    fit_row_moments(out, rows, n_rows);
    standardise_rows(out, rows, n_rows);
    err = find_directions(out, rows, n_rows);
    if (err != AQ_OK)
        aq_likeness_clear(out);
    return err;
}

/* ---- the threshold ---- */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Fewer clips cannot show the one-in-a-hundred distance: a log-normal distribution with
 * their mean and deviation is used if it gives more. */
void aq_likeness_set_threshold(AqLikeness *l, double *d, size_t n)
{
    double mean = 0, square = 0;

    if (l->n == 0)
        return;
    if (n < AQ_LIKENESS_FEWEST) {
        aq_likeness_clear(l);
        return;
    }
    qsort(d, n, sizeof *d, by_size);
    for (size_t k = 0; k < n; k++)
        mean += log(d[k] + 1e-12) / (double)n;
    for (size_t k = 0; k < n; k++)
        square += pow(log(d[k] + 1e-12) - mean, 2) / (double)n;
    const size_t at = (size_t)ceil(WITHIN * (double)(n - 1));
    l->threshold =
        n >= MANY ? d[at] + 1e-12
                  : MARGIN * fmax(d[at] + 1e-12, exp(mean + DEVIATION * sqrt(square)));
}
