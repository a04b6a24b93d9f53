/* SPDX-License-Identifier: MIT */
/*
 * Learns the kinds. Answers are clustered by average linkage on the cosine similarity
 * of the templates they answer, down to a threshold; then a softmax regression (full
 * batches, momentum) learns a template's kinds from some of its texts. All in double
 * precision and in sorted order: the same on every machine.
 */
#include "model/limits/kinds_priv.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_ALIKE    0.1  /* similarity of two kinds that are joined */
#define MOST_TEMPLATES 4096 /* used, evenly spread */
#define TEXTS          8    /* used of one template */
#define ROUNDS         300
#define RATE           0.5
#define MOMENTUM       0.9
#define SHRINK         1e-5

typedef struct KindText {
    const char *text;
    size_t template_;
    AqKindFeatures *f;
    int *at; /* (f->n) indices of the features */
} KindText;

typedef struct Fit {
    const AqStrings *words, *answers;
    AqWordForms *forms;
    const AqQuestion **q; /* by template, then text */
    size_t n;
    size_t *first; /* (n_templates + 1) of each template used, in q; unused templates
                      may lie between two of them */
    size_t *last;
    size_t n_templates;
    double *share; /* (n_templates, answers) fraction of a template's questions */
    KindText *texts;
    size_t n_texts;
    AqKinds *out;
} Fit;

static int compare_template_texts(const void *a, const void *b)
{
    const AqQuestion *p = *(const AqQuestion *const *)a,
                     *q = *(const AqQuestion *const *)b;
    const int order = strcmp(p->template_, q->template_);

    return order ? order : strcmp(p->text, q->text);
}

/* ---- templates ---- */

static size_t template_end(const Fit *f, size_t from)
{
    size_t to = from + 1;

    while (to < f->n && strcmp(f->q[from]->template_, f->q[to]->template_) == 0)
        to++;
    return to;
}

static AqErr find_templates(Fit *f)
{
    size_t all = 0, k = 0;

    for (size_t from = 0; from < f->n; from = template_end(f, from))
        all++;
    const size_t each = all / MOST_TEMPLATES + 1;
    f->first = aq_alloc(all / each + 2, sizeof *f->first);
    f->last = aq_alloc(all / each + 2, sizeof *f->last);
    if (!f->first || !f->last)
        return AQ_ERR_NOMEM;
    for (size_t from = 0; from < f->n; from = template_end(f, from))
        if (k++ % each == 0) {
            f->first[f->n_templates] = from;
            f->last[f->n_templates++] = template_end(f, from);
        }
    return AQ_OK;
}

static AqErr count_answers(Fit *f)
{
    const size_t K = f->answers->n;

    if (!(f->share = aq_alloc(f->n_templates * K + 1, sizeof *f->share)))
        return AQ_ERR_NOMEM;
    for (size_t t = 0; t < f->n_templates; t++)
        for (size_t k = f->first[t]; k < f->last[t]; k++) {
            const int a = aq_strings_find(f->answers, f->q[k]->answer);

            if (a >= 0)
                f->share[t * K + (size_t)a] += 1 / (double)(f->last[t] - f->first[t]);
        }
    return AQ_OK;
}

/* ---- kinds of answers ---- */

static double answer_similarity(const Fit *f, size_t a, size_t b)
{
    const size_t K = f->answers->n;
    double ab = 0, aa = 0, bb = 0;

    for (size_t t = 0; t < f->n_templates; t++) {
        const double x = f->share[t * K + a], y = f->share[t * K + b];

        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    return ab > 0 ? ab / sqrt(aa * bb) : 0;
}

/* The two most similar kinds, from (K,K) sums over pairs of answers; 0: none. */
static int find_pair(const double *sum, const int *size, size_t K, size_t pair[2])
{
    double best = LEAST_ALIKE;
    int found = 0;

    for (size_t a = 0; a < K; a++)
        for (size_t b = a + 1; size[a] && b < K; b++) {
            const double mean = size[b] ? sum[a * K + b] / size[a] / size[b] : 0;

            if (mean > best) {
                best = mean;
                pair[0] = a;
                pair[1] = b;
                found = 1;
            }
        }
    return found;
}

static void merge_answer_clusters(double *sum, int *size, int *of, size_t K,
                                  const size_t pair[2])
{
    const size_t a = pair[0], b = pair[1];

    for (size_t k = 0; k < K; k++) {
        sum[a * K + k] += sum[b * K + k];
        if (k != a)
            sum[k * K + a] = sum[a * K + k];
        if (of[k] == (int)b)
            of[k] = (int)a;
    }
    size[a] += size[b];
    size[b] = 0;
}

/* of (K): from the first answer of the kind to the kind's index; returns how many. */
static int number_kinds(int *of, size_t K)
{
    int n = 0;

    for (size_t k = 0; k < K; k++)
        of[k] = of[k] == (int)k ? n++ : of[of[k]]; /* the first has its number */
    return n;
}

static AqErr sort_answers(Fit *f)
{
    const size_t K = f->answers->n;
    double *sum = aq_alloc(K * K, sizeof *sum);
    int *size = aq_alloc(K, sizeof *size), *of = aq_alloc(K, sizeof *of);
    size_t pair[2] = {0, 0};

    f->out->of_answer = of;
    f->out->n_answers = K;
    for (size_t a = 0; sum && size && of && a < K; a++) {
        of[a] = (int)a;
        size[a] = 1;
        for (size_t b = 0; b < a; b++)
            sum[a * K + b] = sum[b * K + a] = answer_similarity(f, a, b);
    }
    while (sum && size && of && find_pair(sum, size, K, pair))
        merge_answer_clusters(sum, size, of, K, pair);
    if (sum && size && of)
        f->out->n = number_kinds(of, K);
    const AqErr err = sum && size && of ? AQ_OK : AQ_ERR_NOMEM;
    aq_free(sum);
    aq_free(size);
    return err;
}

/* ---- texts and their features ---- */

static AqErr add_text(Fit *f, size_t template_, const char *text)
{
    KindText *t = &f->texts[f->n_texts];
    AqKindFeatures *all = aq_alloc(1, sizeof *all);

    if (!all)
        return AQ_ERR_NOMEM;
    aq_kind_features(all, f->forms, f->words, text);
    *t = (KindText){.text = text, .template_ = template_, .f = all};
    f->n_texts++;
    t->at = aq_alloc((size_t)all->n, sizeof *t->at);
    return t->at ? AQ_OK : AQ_ERR_NOMEM;
}

/* Some distinct texts of each template, evenly spread. */
static AqErr take_texts(Fit *f)
{
    AqErr err = AQ_OK;

    if (!(f->texts = aq_alloc(f->n_templates * TEXTS + 1, sizeof *f->texts)))
        return AQ_ERR_NOMEM;
    for (size_t t = 0; t < f->n_templates; t++) {
        const size_t n = f->last[t] - f->first[t];
        const char *before = NULL;

        for (size_t k = 0; err == AQ_OK && k < TEXTS && k < n; k++) {
            const char *text =
                f->q[f->first[t] + k * n / (n < TEXTS ? n : TEXTS)]->text;

            if (!before || strcmp(before, text) != 0)
                err = add_text(f, t, text);
            before = text;
        }
    }
    return err;
}

static AqErr number_features(Fit *f)
{
    size_t n = 0;

    for (size_t k = 0; k < f->n_texts; k++)
        n += (size_t)f->texts[k].f->n;
    const char **all = aq_alloc(n ? n : 1, sizeof *all);
    if (!all)
        return AQ_ERR_NOMEM;
    n = 0;
    for (size_t k = 0; k < f->n_texts; k++)
        for (int j = 0; j < f->texts[k].f->n; j++)
            all[n++] = f->texts[k].f->text[j];
    const AqErr err = aq_strings_collect(&f->out->words, all, n, 1);
    aq_free(all);
    for (size_t k = 0; err == AQ_OK && k < f->n_texts; k++)
        for (int j = 0; j < f->texts[k].f->n; j++)
            f->texts[k].at[j] = aq_strings_find(&f->out->words, f->texts[k].f->text[j]);
    return err;
}

/* ---- the regression ---- */

/* The target for this text: the shares of the kinds, with equal weight per template. */
static void target_kind_shares(const Fit *f, const KindText *t, double *y)
{
    const size_t K = f->answers->n;

    memset(y, 0, (size_t)f->out->n * sizeof *y);
    for (size_t a = 0; a < K; a++)
        y[f->out->of_answer[a]] += f->share[t->template_ * K + a];
}

static void add_gradient(const Fit *f, const KindText *t, const double *w,
                         double weight, double *gradient)
{
    const int n = f->out->n;
    const double scale = 1 / sqrt(t->f->n);
    double z[AQ_KINDS_MOST] = {0}, y[AQ_KINDS_MOST];

    for (int j = 0; j < t->f->n; j++)
        for (int i = 0; i < n; i++)
            z[i] += scale * w[t->at[j] * n + i];
    aq_kind_softmax(z, n);
    target_kind_shares(f, t, y);
    for (int j = 0; j < t->f->n; j++)
        for (int i = 0; i < n; i++)
            gradient[t->at[j] * n + i] += weight * scale * (z[i] - y[i]);
}

static void descend_kind_gradient(const Fit *f, double *w, double *step,
                                  double *gradient, const double *weight, size_t n)
{
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t k = 0; k < n; k++)
            gradient[k] = SHRINK * w[k];
        for (size_t k = 0; k < f->n_texts; k++)
            add_gradient(f, &f->texts[k], w, weight[f->texts[k].template_], gradient);
        for (size_t k = 0; k < n; k++) {
            step[k] = MOMENTUM * step[k] + gradient[k];
            w[k] -= RATE * step[k];
        }
    }
}

static AqErr learn_kind_weights(Fit *f)
{
    const size_t n = f->out->words.n * (size_t)f->out->n;
    double *w = aq_alloc(3 * n + f->n_templates + 1, sizeof *w),
           *weight = w ? w + 3 * n : NULL;

    f->out->weights = aq_alloc(n + 1, sizeof *f->out->weights);
    if (w && f->out->weights) {
        for (size_t k = 0; k < f->n_texts; k++)
            weight[f->texts[k].template_] += (double)f->n_templates;
        for (size_t t = 0; t < f->n_templates; t++)
            weight[t] = 1 / fmax(weight[t], 1);
        descend_kind_gradient(f, w, w + n, w + 2 * n, weight, n);
        for (size_t k = 0; k < n; k++)
            f->out->weights[k] = (float)w[k];
    }
    aq_free(w);
    return w && f->out->weights ? AQ_OK : AQ_ERR_NOMEM;
}

/* ---- together ---- */

static AqErr fit_kinds(Fit *f, const AqQuestion *q)
{
    for (size_t k = 0; k < f->n; k++)
        f->q[k] = &q[k];
    if (f->n > 0)
        qsort(f->q, f->n, sizeof *f->q, compare_template_texts);
    AqErr err = find_templates(f);
    if (err == AQ_OK)
        err = count_answers(f);
    if (err == AQ_OK)
        err = sort_answers(f);
    if (err != AQ_OK || f->out->n < 2 || f->out->n > AQ_KINDS_MOST)
        return err;
    err = take_texts(f);
    if (err == AQ_OK)
        err = number_features(f);
    return err == AQ_OK ? learn_kind_weights(f) : err;
}

AqErr aq_kinds_fit(AqKinds **out, const AqStrings *words, const AqStrings *answers,
                   const AqQuestion *q, size_t n)
{
    Fit f = {.words = words, .answers = answers, .n = n};

    *out = NULL;
    if (answers->n < 2 || answers->n > AQ_KINDS_MOST_ANSWERS)
        return AQ_OK;
    AqErr err = aq_word_forms_new(&f.forms, words);
    f.q = aq_alloc(n + 1, sizeof *f.q);
    f.out = aq_alloc(1, sizeof *f.out);
    if (err == AQ_OK)
        err = f.q && f.out ? fit_kinds(&f, q) : AQ_ERR_NOMEM;
    for (size_t k = 0; k < f.n_texts; k++) {
        aq_free(f.texts[k].f);
        aq_free(f.texts[k].at);
    }
    aq_free(f.texts);
    aq_free(f.share);
    aq_free(f.first);
    aq_free(f.last);
    aq_free(f.q);
    aq_word_forms_free(&f.forms);
    if (err != AQ_OK || !f.out->weights)
        aq_kinds_free(&f.out);
    *out = f.out;
    return err;
}
