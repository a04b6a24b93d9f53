/* SPDX-License-Identifier: MIT */
#include "model/concepts/evidence.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

#define HEARD_FACTOR 1.6
#define HEARD_OFFSET 0.45
#define SEEN_FACTOR  0.9
#define SEEN_OFFSET  2.0
#define RELATIVE     1.0 /* less than by the kind's own column */
#define LEAST        0.001

/* ---- the formulas ---- */

static int larger_first(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x < y) - (x > y);
}

double aq_evidence_pool(double *p, int n)
{
    const int best = (n + 2) / 3;
    double all = 0, top = 0;

    qsort(p, (size_t)n, sizeof *p, larger_first);
    for (int k = 0; k < n; k++) {
        all += p[k];
        top += k < best ? p[k] : 0;
    }
    return (all / n + top / best) / 2;
}

static double clamped_logit(double p)
{
    const double q = fmin(1 - LEAST, fmax(LEAST, p));

    return log(q / (1 - q));
}

double aq_evidence_heard(double pooled)
{
    return HEARD_FACTOR * clamped_logit(pooled) + HEARD_OFFSET;
}

double aq_evidence_seen(double pooled)
{
    return SEEN_FACTOR * clamped_logit(pooled) + SEEN_OFFSET;
}

/* ---- which columns of sight support a kind ---- */

enum { MOST_RELATIVES = 3 };

typedef struct Relatives {
    int of[MOST_RELATIVES];
    int n;
} Relatives;

static const Relatives relatives[AQ_N_KINDS] = {
    [AQ_KIND_ACOUSTIC_GUITAR] = {{AQ_CONCEPT_ELECTRIC_GUITAR, AQ_KIND_BANJO}, 2},
    [AQ_KIND_UKULELE] = {{AQ_KIND_ACOUSTIC_GUITAR, AQ_CONCEPT_ELECTRIC_GUITAR,
                          AQ_KIND_BANJO},
                         3},
    [AQ_KIND_CONGAS] = {{AQ_KIND_DRUM}, 1}};

/* ---- joining ---- */

/* The pool of the seconds that say something; negative: none does. */
static double pool_concept(const AqConceptRows *r, int concept, double *scratch)
{
    int n = 0;

    for (int t = 0; t < r->n_seconds; t++) {
        const double p = aq_concept_at(r, concept, AQ_PLACE_BEST, t);

        if (p >= 0)
            scratch[n++] = p;
    }
    return n > 0 ? aq_evidence_pool(scratch, n) : -1;
}

static void pool_concepts(const AqConceptRows *r, double *pooled, double *scratch)
{
    for (int c = 0; c < AQ_N_CONCEPTS; c++)
        pooled[c] = r ? pool_concept(r, c, scratch) : -1;
}

/* By its own column, or by the best of its relatives'; NaN: by none. Where only
 * relatives could be seen, that none is says nothing. */
static double seen_of_kind(const double *pooled, int kind)
{
    const Relatives *r = &relatives[kind];
    double best = pooled[kind] >= 0 ? aq_evidence_seen(pooled[kind]) : (double)NAN;

    for (int k = 0; k < r->n; k++)
        if (pooled[r->of[k]] >= 0)
            best = fmax(best, aq_evidence_seen(pooled[r->of[k]]) - RELATIVE);
    return pooled[kind] >= 0 || isnan(best) ? best : fmax(best, AQ_EVIDENCE_PRIOR);
}

static double beyond_prior(double logodds)
{
    return isnan(logodds) ? 0 : logodds - AQ_EVIDENCE_PRIOR;
}

static void share_evidence(AqEvidence *e)
{
    double most = 0, sum = 0;

    for (int k = 0; k < AQ_N_KINDS; k++)
        most = fmax(most, e->joined[k]);
    for (int k = 0; k < AQ_N_KINDS; k++)
        sum += e->share[k] = exp(e->joined[k] - most);
    sum += e->none = exp(-most);
    for (int k = 0; k < AQ_N_KINDS; k++)
        e->share[k] /= sum;
    e->none /= sum;
}

static double share_of_silence(const AqConceptRows *r)
{
    int n = 0, silent = 0;

    for (int t = 0; r && r->data && t < r->n_seconds; t++) {
        n += !r->present || r->present[t];
        silent += aq_concept_is_silent(r, t);
    }
    return n > 0 ? (double)silent / n : 0;
}

static void join_pools(AqEvidence *e, const double *heard, const double *seen)
{
    for (int k = 0; k < AQ_N_KINDS; k++) {
        e->heard[k] = heard[k] >= 0 ? aq_evidence_heard(heard[k]) : (double)NAN;
        e->seen[k] = seen_of_kind(seen, k);
        e->joined[k] =
            AQ_EVIDENCE_PRIOR + beyond_prior(e->heard[k]) + beyond_prior(e->seen[k]);
        e->has[AQ_AUDIO] |= !isnan(e->heard[k]);
        e->has[AQ_VISUAL] |= !isnan(e->seen[k]);
    }
    for (int c = 0; c < AQ_N_CONCEPTS; c++)
        e->also[c] = c < AQ_N_KINDS ? -1 : fmax(heard[c], seen[c]);
}

AqErr aq_evidence_join(AqEvidence *out, const AqConceptRows *heard,
                       const AqConceptRows *seen)
{
    double of_heard[AQ_N_CONCEPTS], of_seen[AQ_N_CONCEPTS];
    const int a = heard ? heard->n_seconds : 0, b = seen ? seen->n_seconds : 0;
    double *scratch = aq_alloc((size_t)(a > b ? a : b) + 1, sizeof *scratch);

    *out = (AqEvidence){.none = 0};
    if (!scratch)
        return AQ_ERR_NOMEM;
    pool_concepts(heard, of_heard, scratch);
    pool_concepts(seen, of_seen, scratch);
    aq_free(scratch);
    join_pools(out, of_heard, of_seen);
    share_evidence(out);
    out->silent = share_of_silence(heard);
    return AQ_OK;
}

int aq_evidence_knows(const AqEvidence *e, int kind)
{
    return !isnan(e->heard[kind]) || !isnan(e->seen[kind]);
}

int aq_evidence_best(const AqEvidence *e, int but)
{
    int best = -1;

    for (int k = 0; k < AQ_N_KINDS; k++)
        if (k != but && (best < 0 || e->joined[k] > e->joined[best]))
            best = k;
    return best;
}
