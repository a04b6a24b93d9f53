/* SPDX-License-Identifier: MIT */
/* Uses what kinds_fit.c learned. */
#include "model/limits/kinds_priv.h"

#include "base/alloc.h"
#include "base/text/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A kind with this share of the most likely one's probability may be meant too. */
#define ALSO_MEANT 0.1

#define MOST_FEATURES 200000

void aq_kinds_free(AqKinds **k)
{
    if (*k) {
        aq_free((*k)->of_answer);
        aq_strings_clear(&(*k)->words);
        aq_free((*k)->weights);
    }
    aq_free(*k);
    *k = NULL;
}

/* ---- features of a question ---- */

static void add_feature(AqKindFeatures *f, const char *a, const char *b)
{
    if (f->n == AQ_KIND_FEATURES)
        return;
    (void)snprintf(f->text[f->n], sizeof f->text[0], b ? "%s %s" : "%s", a, b);
    for (int k = 0; k < f->n; k++)
        if (strcmp(f->text[k], f->text[f->n]) == 0)
            return;
    f->n++;
}

void aq_kind_features(AqKindFeatures *f, const AqWordForms *forms,
                      const AqStrings *words, const char *question)
{
    const char *last = "^";
    AqWord w;

    f->n = 0;
    while (aq_tokenise_next(&question, &w)) {
        const int at = aq_word_forms_find(forms, w.text);

        if (at < 0)
            continue;
        add_feature(f, words->at[at], NULL);
        add_feature(f, last, words->at[at]);
        last = words->at[at];
    }
    add_feature(f, last, "$");
}

/* ---- the classifier ---- */

void aq_kind_softmax(double *z, int n)
{
    double most = z[0], sum = 0;

    for (int k = 1; k < n; k++)
        most = fmax(most, z[k]);
    for (int k = 0; k < n; k++)
        sum += z[k] = exp(z[k] - most);
    for (int k = 0; k < n; k++)
        z[k] /= sum;
}

AqErr aq_kinds_of(const AqKinds *k, const AqWordForms *forms, const char *question,
                  double *probability)
{
    AqKindFeatures *f = aq_alloc(1, sizeof *f);
    int n = 0;

    if (!f)
        return AQ_ERR_NOMEM;
    aq_kind_features(f, forms, aq_word_forms_words(forms), question);
    for (int i = 0; i < k->n; i++)
        probability[i] = 0;
    for (int j = 0; j < f->n; j++) {
        const int at = aq_strings_find(&k->words, f->text[j]);

        for (int i = 0; at >= 0 && i < k->n; i++)
            probability[i] += (double)k->weights[at * k->n + i];
        n += at >= 0;
    }
    for (int i = 0; n > 0 && i < k->n; i++)
        probability[i] /= sqrt(n);
    aq_kind_softmax(probability, k->n);
    aq_free(f);
    return AQ_OK;
}

int aq_kinds_best(const AqKinds *k, const double *probability)
{
    int best = 0;

    for (int i = 1; i < k->n; i++)
        if (probability[i] > probability[best])
            best = i;
    return best;
}

int aq_kinds_allow(const AqKinds *k, const double *probability, int kind)
{
    return probability[kind] >= ALSO_MEANT * probability[aq_kinds_best(k, probability)];
}

void aq_kinds_name(const AqKinds *k, const AqStrings *answers, int kind, char *out,
                   size_t bytes)
{
    size_t used = 0;
    int n = 0;

    out[0] = 0;
    for (size_t a = 0; a < k->n_answers && used < bytes; a++) {
        if (k->of_answer[a] != kind)
            continue;
        if (n == 4) {
            (void)snprintf(out + used, bytes - used, ", ...");
            break;
        }
        (void)snprintf(out + used, bytes - used, "%s%s", n ? ", " : "", answers->at[a]);
        used += strlen(out + used);
        n++;
    }
}

/* ---- as JSON ---- */

AqErr aq_kinds_to_json(const AqKinds *k, char **out)
{
    char *words = NULL;
    json_t *of = json_array();
    AqErr err = aq_strings_to_json(&k->words, &words);

    *out = NULL;
    for (size_t a = 0; of && a < k->n_answers; a++)
        (void)json_array_append_new(of, json_integer(k->of_answer[a]));
    char *text = err == AQ_OK ? aq_json_text(of, JSON_COMPACT) : NULL;
    if (text)
        *out =
            aq_strf("{\"n\": %d, \"of_answer\": %s, \"words\": %s}", k->n, text, words);
    json_decref(of);
    aq_free(text);
    aq_free(words);
    if (err == AQ_OK && !*out)
        err = aq_fail(AQ_ERR_NOMEM, "no memory for the kinds of answers");
    return err;
}

static AqErr read_answer_kinds(AqKinds *k, const json_t *of)
{
    if (json_array_size(of) != k->n_answers || k->n < 2 || k->n > AQ_KINDS_MOST)
        return aq_fail(AQ_ERR_FORMAT, "the kinds of answers do not match the answers");
    if (!(k->of_answer = aq_alloc(k->n_answers, sizeof *k->of_answer)))
        return AQ_ERR_NOMEM;
    for (size_t a = 0; a < k->n_answers; a++) {
        const json_t *v = json_array_get(of, a);

        if (!json_is_integer(v) || json_integer_value(v) < 0 ||
            json_integer_value(v) >= k->n)
            return aq_fail(AQ_ERR_FORMAT, "answer %zu has no valid kind", a);
        k->of_answer[a] = (int)json_integer_value(v);
    }
    return AQ_OK;
}

static AqErr read_kind_words(AqKinds *k, const json_t *words)
{
    char *text = aq_json_text(words, JSON_COMPACT);
    AqErr err = text ? aq_strings_from_json(&k->words, text) : AQ_ERR_FORMAT;

    aq_free(text);
    if (err == AQ_OK && k->words.n > MOST_FEATURES)
        err = aq_fail(AQ_ERR_FORMAT, "%zu words of kinds are too many", k->words.n);
    if (err == AQ_OK &&
        !(k->weights = aq_alloc(k->words.n * (size_t)k->n + 1, sizeof *k->weights)))
        err = AQ_ERR_NOMEM;
    return err;
}

AqErr aq_kinds_from_json(AqKinds **out, const char *json, size_t n_answers)
{
    json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, NULL), *of = NULL,
           *words = NULL;
    AqKinds *k = aq_alloc(1, sizeof *k);
    AqErr err = k ? AQ_OK : AQ_ERR_NOMEM;

    *out = NULL;
    if (err == AQ_OK && (!o || json_unpack(o, "{s:i, s:o, s:o}", "n", &k->n,
                                           "of_answer", &of, "words", &words) != 0))
        err = aq_fail(AQ_ERR_FORMAT, "the kinds of answers cannot be read");
    if (err == AQ_OK) {
        k->n_answers = n_answers;
        err = read_answer_kinds(k, of);
    }
    if (err == AQ_OK)
        err = read_kind_words(k, words);
    json_decref(o);
    if (err != AQ_OK)
        aq_kinds_free(&k);
    *out = k;
    return err;
}
