/* SPDX-License-Identifier: MIT */
/*
 * The loss is convex in 1/T, so golden-section search finds the minimum. The right
 * answer's target is slightly below 1 (Platt's targets, (n + 1) of (n + 2)); otherwise
 * a kind always answered correctly would get a probability of 1.
 */
#include "model/limits/temperature.h"

#include "base/alloc.h"
#include "base/text/json.h"
#include "model/data/answers.h"

#include <jansson.h>
#include <math.h>

#define FEWEST   40  /* questions needed for a kind's own temperature */
#define SHARPEST 4.0 /* 1/T */
#define BLUNTEST 0.02
#define SECTIONS 60

void aq_temperatures_free(AqTemperatures **t)
{
    if (*t)
        aq_free((*t)->of);
    aq_free(*t);
    *t = NULL;
}

AqErr aq_temperatures_new(AqTemperatures **out, int n_kinds)
{
    AqTemperatures *t = aq_alloc(1, sizeof *t);
    const size_t n = (size_t)AQ_N_STREAMS * (size_t)n_kinds;

    *out = NULL;
    if (!t || !(t->of = aq_alloc(n, sizeof *t->of))) {
        aq_temperatures_free(&t);
        return AQ_ERR_NOMEM;
    }
    t->n_kinds = n_kinds;
    for (size_t k = 0; k < n; k++)
        t->of[k].value = 1;
    *out = t;
    return AQ_OK;
}

static AqTemperature *temperature_at(const AqTemperatures *t, AqStreams streams,
                                     int kind)
{
    return &t->of[(int)streams * t->n_kinds + (kind < 0 ? 0 : kind)];
}

const AqTemperature *aq_temperature(const AqTemperatures *t, AqStreams streams,
                                    int kind)
{
    return temperature_at(t, streams, kind);
}

/* -log softmax of one question, with weight 1 - blur on the truth and the rest shared
 * by the other answers that are not excluded. */
static double asked_loss(const AqAsked *a, int n, double sharpness, double blur)
{
    double most = (double)-INFINITY, sum = 0, others = 0;
    int n_others = 0;

    for (int k = 0; k < n; k++)
        most = fmax(most, sharpness * (double)a->logits[k]);
    for (int k = 0; k < n; k++) {
        const double z = sharpness * (double)a->logits[k];

        sum += exp(z - most);
        if (k != a->truth && isfinite(z)) {
            others += z;
            n_others++;
        }
    }
    const double all = most + log(sum),
                 truth = all - sharpness * (double)a->logits[a->truth];
    return n_others ? (1 - blur) * truth + blur * (all - others / n_others) : truth;
}

/* A right answer that was excluded says nothing about the temperature. */
static int is_usable_asked(const AqAsked *a, int kind)
{
    return a->truth >= 0 && (kind < 0 || a->kind == kind) &&
           isfinite(a->logits[a->truth]);
}

static double mean_loss(const AqAsked *asked, size_t n, int n_answers, int kind,
                        double sharpness, double blur)
{
    double sum = 0;
    size_t used = 0;

    for (size_t k = 0; k < n; k++)
        if (is_usable_asked(&asked[k], kind)) {
            sum += asked_loss(&asked[k], n_answers, sharpness, blur);
            used++;
        }
    return used ? sum / (double)used : 0;
}

double aq_temperature_loss(const AqAsked *asked, size_t n, int n_answers, int kind,
                           double sharpness)
{
    return mean_loss(asked, n, n_answers, kind, sharpness, 0);
}

/* n and accuracy of a kind (-1: all). */
static AqTemperature count_right_answers(const AqAsked *asked, size_t n, int n_answers,
                                         int kind)
{
    AqTemperature t = {.value = 1};
    int right = 0;

    for (size_t k = 0; k < n; k++)
        if (kind < 0 || asked[k].kind == kind) {
            t.n++;
            right += aq_likeliest(asked[k].logits, n_answers) == asked[k].truth;
        }
    t.accuracy = t.n ? (double)right / t.n : 0;
    return t;
}

static double fit_temperature(const AqAsked *asked, size_t n, int n_answers, int kind,
                              int n_used)
{
    const double golden = (sqrt(5) - 1) / 2, blur = 1 / ((double)n_used + 2);
    double lo = log(BLUNTEST), hi = log(SHARPEST);

    for (int k = 0; k < SECTIONS; k++) {
        const double a = hi - golden * (hi - lo), b = lo + golden * (hi - lo);

        if (mean_loss(asked, n, n_answers, kind, exp(a), blur) <
            mean_loss(asked, n, n_answers, kind, exp(b), blur))
            hi = b;
        else
            lo = a;
    }
    return exp(-(lo + hi) / 2);
}

void aq_temperatures_fit(AqTemperatures *t, AqStreams streams, const AqAsked *asked,
                         size_t n, int n_answers)
{
    const AqTemperature all = count_right_answers(asked, n, n_answers, -1);
    const double of_all = all.n ? fit_temperature(asked, n, n_answers, -1, all.n) : 1;

    for (int kind = 0; kind < t->n_kinds; kind++) {
        AqTemperature *to = temperature_at(t, streams, kind);

        *to = count_right_answers(asked, n, n_answers, kind);
        to->value =
            to->n < FEWEST ? of_all : fit_temperature(asked, n, n_answers, kind, to->n);
    }
}

/* ---- as JSON ---- */

AqErr aq_temperatures_to_json(const AqTemperatures *t, char **out)
{
    json_t *list = json_array();

    for (int k = 0; k < AQ_N_STREAMS * t->n_kinds; k++)
        (void)json_array_append_new(
            list, json_pack("{s:f, s:f, s:i}", "temperature", t->of[k].value,
                            "accuracy", t->of[k].accuracy, "n", t->of[k].n));
    *out = aq_json_text(list, JSON_COMPACT | JSON_REAL_PRECISION(12));
    json_decref(list);
    return *out ? AQ_OK : AQ_ERR_NOMEM;
}

static AqErr read_temperature(AqTemperature *t, json_t *o)
{
    if (json_unpack(o, "{s:F, s:F, s:i}", "temperature", &t->value, "accuracy",
                    &t->accuracy, "n", &t->n) != 0 ||
        !(t->value > 0) || !isfinite(t->value) || !(t->accuracy >= 0) ||
        !(t->accuracy <= 1) || t->n < 0)
        return aq_fail(AQ_ERR_FORMAT, "a temperature of the model cannot be read");
    return AQ_OK;
}

AqErr aq_temperatures_from_json(AqTemperatures **out, const char *json, int n_kinds)
{
    json_t *list = json_loads(json, 0, NULL);
    AqTemperatures *t = NULL;
    AqErr err = aq_temperatures_new(&t, n_kinds);

    *out = NULL;
    if (err == AQ_OK && json_array_size(list) != AQ_N_STREAMS * (size_t)n_kinds)
        err = aq_fail(AQ_ERR_FORMAT, "the model's temperatures do not match its kinds");
    for (int k = 0; err == AQ_OK && k < AQ_N_STREAMS * n_kinds; k++)
        err = read_temperature(&t->of[k], json_array_get(list, (size_t)k));
    json_decref(list);
    if (err != AQ_OK)
        aq_temperatures_free(&t);
    *out = t;
    return err;
}
