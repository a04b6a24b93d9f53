/* SPDX-License-Identifier: MIT */
/*
 * Decides what is hidden and evaluates the answers: each second, each stream, each
 * cell, whole sets of seconds. First the clip's rows are computed (occlusion_look.c),
 * then its views, each the clip with something hidden (occlusion_views.c). A view
 * consists of the present seconds and their rows: as a second's row depends only on
 * that second, hiding one means replacing its row.
 */
#include "model/explain/occlusion.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "model/data/answers.h"
#include "model/explain/occlusion_priv.h"

#include <string.h>

AqErr aq_occluder_new(AqOccluder **out, const AqModel *model, AqExecutor *exec)
{
    *out = NULL;
    AqOccluder *o = aq_alloc(1, sizeof *o);
    if (!o)
        return AQ_ERR_NOMEM;
    o->model = model;
    o->reads = &model->net->reads;
    o->S = aq_feature_total(&model->shape.sizes, AQ_VISUAL).cells;
    o->answer = -1;
    AqErr err = aq_nn_new(&o->nn, exec);
    if (err == AQ_OK)
        err = aq_word_forms_new(&o->forms, &model->words);
    if (err == AQ_OK)
        err = aq_arena_new(&o->arena, 1 << 20);
    if (err != AQ_OK)
        aq_occluder_free(&o);
    else
        o->empty = aq_arena_mark(o->arena);
    *out = o;
    return err;
}

void aq_occluder_explain(AqOccluder *o, int answer)
{
    o->answer = answer;
}

void aq_occluder_offer(AqOccluder *o, const char *const *choices, size_t n)
{
    o->choices = choices;
    o->n_choices = n;
}

void aq_occluder_free(AqOccluder **o)
{
    if (!*o)
        return;
    aq_nn_free(&(*o)->nn);
    aq_word_forms_free(&(*o)->forms);
    aq_batch_clear(&(*o)->maker);
    aq_arena_free(&(*o)->arena);
    aq_free(*o);
    *o = NULL;
}

void aq_occluder_at_once(AqOccluder *o, int n_views)
{
    o->forced_at_once = n_views;
}

/* ---- seconds and streams: view 0 hides nothing, 1 and 2 a stream, the rest a second
 * of the sound, then of the pictures ---- */

enum { SECONDS_FROM = 1 + AQ_N_MODALITIES };

/* Second t of stream m becomes that of the rows `from`, which are a view's. */
static void replace_second(const AqOccluder *o, AqView *view, int m, int t,
                           const float *from)
{
    const size_t w = (size_t)o->reads->look_width[m];

    for (int p = 0; p < o->pools[m]; p++) {
        const size_t at = ((size_t)p * (size_t)o->T + (size_t)t) * w;

        memcpy(view->x[m] + at, from + at, w * sizeof *from);
    }
}

static void hide_second(const AqViews *v, int k, AqView *view)
{
    const int T = v->o->T, at = k - SECONDS_FROM;

    if (k == 0)
        return;
    if (k < SECONDS_FROM)
        memset(view->on[k - 1], 0, (size_t)T);
    else
        replace_second(v->o, view, at / T, at % T, v->o->instead.x[at / T]);
}

static void take_second(const AqViews *v, int k, const float *logits)
{
    const int K = v->o->n_answers, T = v->o->T, at = k - SECONDS_FROM;
    const int best = aq_likeliest(logits, K);

    if (k == 0) {
        v->out->answer = v->o->answer < 0 ? best : v->o->answer;
        v->out->log_odds = aq_views_log_odds(logits, K, v->out->answer);
    } else if (k < SECONDS_FROM) {
        const int has = v->o->has[k - 1];

        v->out->stream[k - 1] = has ? aq_views_drop(v, logits) : 0;
        v->out->stream_answer[k - 1] = has ? best : v->out->answer;
    } else {
        const int m = at / T, t = at % T, has = v->o->clip.on[m][t];

        v->drops[m][t] = has ? aq_views_drop(v, logits) : 0;
        v->answers[m][t] = has ? best : v->out->answer;
    }
}

/* What is the same in all of them is computed once, so the seconds of each stream are a
 * separate family. */
static AqErr occlude_seconds(AqOccluder *o, AqOcclusion *out)
{
    AqViews v = {.o = o,
                 .n = SECONDS_FROM,
                 .keep = 1,
                 .make = hide_second,
                 .take = take_second,
                 .out = out};

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        out->second[m] = v.drops[m] = aq_occluder_take(o, (size_t)o->T, sizeof(float));
        out->second_answer[m] = v.answers[m] =
            aq_occluder_take(o, (size_t)o->T, sizeof(int));
        if (!v.drops[m] || !v.answers[m])
            return AQ_ERR_NOMEM;
        out->has[m] = o->has[m];
    }
    AqErr err = aq_views_run(&v);
    v.n = o->T;
    v.keep = 0;
    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++) {
        v.first = SECONDS_FROM + m * o->T;
        v.same[m] = 0;
        v.same[!m] = 1;
        err = aq_views_run(&v);
    }
    return err;
}

/* ---- cells: hidden in all seconds (views 0 .. S-1), then in one second alone ---- */

static void hide_cell(const AqViews *v, int k, AqView *view)
{
    const AqOccluder *o = v->o;
    const size_t rows = aq_occluder_rows(o, AQ_VISUAL);
    const float *without = o->x_without + (size_t)(k % o->S) * rows;

    if (k < o->S)
        memcpy(view->x[AQ_VISUAL], without, rows * sizeof *without);
    else
        replace_second(o, view, AQ_VISUAL, v->seconds[k / o->S - 1], without);
}

static void take_cell(const AqViews *v, int k, const float *logits)
{
    const int S = v->o->S;

    if (k < S)
        v->drops[0][k] = aq_views_drop(v, logits);
    else
        v->drops[1][v->seconds[k / S - 1] * S + k % S] = aq_views_drop(v, logits);
}

/* The n seconds with a picture that have the largest drops. */
static int *seconds_to_look_into(AqOccluder *o, const AqOcclusion *y,
                                 unsigned char *looked, int *n)
{
    int *at = aq_occluder_take(o, AQ_OCCLUSION_MOST_GRIDS, sizeof *at);

    for (*n = 0; at && *n < AQ_OCCLUSION_MOST_GRIDS; (*n)++) {
        int best = -1;

        for (int t = 0; t < o->T; t++)
            if (o->clip.on[AQ_VISUAL][t] && !looked[t] &&
                (best < 0 || y->second[AQ_VISUAL][t] > y->second[AQ_VISUAL][best]))
                best = t;
        if (best < 0)
            break;
        looked[best] = 1;
        at[*n] = best;
    }
    return at;
}

static AqErr occlude_cells(AqOccluder *o, AqOcclusion *out)
{
    const size_t S = (size_t)o->S, T = (size_t)o->T;
    unsigned char *looked = aq_occluder_take(o, T, 1);
    float *cell = aq_occluder_take(o, S, sizeof *cell);
    float *grid = aq_occluder_take(o, T * S, sizeof *grid);
    int n = 0;

    if (!looked || !cell || !grid)
        return AQ_ERR_NOMEM;
    const int *seconds = seconds_to_look_into(o, out, looked, &n);
    if (!seconds)
        return AQ_ERR_NOMEM;
    out->cell = cell;
    out->grid = grid;
    out->looked = looked;
    const AqViews v = {.o = o,
                       .n = (1 + n) * o->S,
                       .same[AQ_AUDIO] = 1,
                       .make = hide_cell,
                       .take = take_cell,
                       .out = out,
                       .drops = {cell, grid},
                       .seconds = seconds};
    return aq_views_run(&v);
}

AqErr aq_occlude(AqOccluder *o, const AqClipFeatures *clip, const char *question,
                 int cells, AqOcclusion *out)
{
    *out = (AqOcclusion){0};
    AqErr err = aq_occluder_look(o, clip, question);

    if (err != AQ_OK)
        return err;
    out->n_seconds = o->T;
    out->n_cells = o->S;
    err = occlude_seconds(o, out);
    if (err == AQ_OK && cells && o->has[AQ_VISUAL])
        err = aq_occluder_look_without(o, question);
    if (err == AQ_OK && cells && o->has[AQ_VISUAL])
        err = occlude_cells(o, out);
    return err;
}

static float nth_second_score(const AqOcclusion *y, int k)
{
    return y->second[k / y->n_seconds][k % y->n_seconds];
}

int aq_occlusion_strongest(const AqOcclusion *y, int *at, int most)
{
    int n = 0;

    for (int k = 0; k < AQ_N_MODALITIES * y->n_seconds; k++) {
        int to = n;

        if ((double)nth_second_score(y, k) < AQ_OCCLUSION_WORTH)
            continue;
        for (; to > 0 && nth_second_score(y, at[to - 1]) < nth_second_score(y, k); to--)
            if (to < most)
                at[to] = at[to - 1];
        if (to < most)
            at[to] = k;
        n += n < most;
    }
    return n;
}

/* ---- sets of seconds ---- */

static void lack_set(const AqViews *v, int k, AqView *view)
{
    const int T = v->o->T;
    const unsigned char *lacking = v->lacking + (size_t)k * AQ_N_MODALITIES * (size_t)T;

    for (int j = 0; j < AQ_N_MODALITIES * T; j++)
        if (lacking[j])
            view->on[j / T][j % T] = 0;
}

static void take_set(const AqViews *v, int k, const float *logits)
{
    v->answers[0][k] = aq_likeliest(logits, v->o->n_answers);
}

AqErr aq_occlude_sets(AqOccluder *o, const unsigned char *lacking, int n, int *answers)
{
    const AqViews v = {.o = o,
                       .n = n,
                       .make = lack_set,
                       .take = take_set,
                       .lacking = lacking,
                       .answers = {answers}};

    return aq_views_run(&v);
}
