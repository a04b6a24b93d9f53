/* SPDX-License-Identifier: MIT */
/*
 * A clip is looked at as it is, and with something else in the place of its seconds and
 * cells (aq_coqo_look); then come its views, each the clip with something hidden, which
 * are weighed and answered side by side in chunks. A view is the seconds that count and
 * the rows that stand for them: as a second's row depends on that second alone, hiding
 * one is taking its row from another look.
 */
#include "model/occlusion.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "model/coqo/batch.h"
#include "model/coqo/coqo.h"
#include "model/question/words.h"
#include "model/stand_in.h"

#include <math.h>
#include <string.h>

#define ROWS_AT_ONCE 8192 /* cells looked at, or seconds weighed, in one pass */
#define MOST_AT_ONCE 256

/* A view: its seconds (T) and their rows (T,d), by AqModality. */
typedef struct View {
    unsigned char *on[AQ_N_MODALITIES];
    float *x[AQ_N_MODALITIES];
} View;

struct AqOccluder {
    const AqCoqoModel *model;
    AqWordForms *forms;
    int answer; /* that is explained; -1: the likeliest */
    AqNn *nn;
    AqBatchMaker maker;
    AqArena *arena; /* all that follows; begun anew with each clip */
    AqArenaMark empty;
    int forced_at_once, at_once;
    int T, S, d;
    int has[AQ_N_MODALITIES];
    View clip;                 /* with nothing hidden */
    View instead;              /* in each second what stands in for it */
    View chunk;                /* views side by side: (n,T), (n,T,d) */
    float *q;                  /* F_q, as often as there are views in a chunk: (n,d) */
    float *c[AQ_N_MODALITIES]; /* what a stream of the clip comes to, as often */
    int *lengths;              /* (n) words of the question, the same */
    float *x_without;          /* (S,T,d) the pictures' rows where cell s is hidden */
};

/* A family of views of one clip: how each is made of the clip, who is told its answer.
 */
typedef struct Views {
    AqOccluder *o;
    int n;
    int first;                 /* the first one's number, for make and take */
    int same[AQ_N_MODALITIES]; /* streams that all of them leave as they are */
    int keep; /* the first hides nothing: what its streams come to is kept for those */
    void (*make)(const struct Views *v, int k, View *view);
    void (*take)(const struct Views *v, int k, const AqReal *logits);
    AqOcclusion *out;
    float *drops[AQ_N_MODALITIES]; /* (T); of cells: [0] (S), [1] (T,S) */
    int *answers[AQ_N_MODALITIES]; /* (T); of sets: [0] (n) */
    const unsigned char *lacking;  /* of sets: (n,2,T) */
    const int *seconds;            /* of the grid: those that are looked into */
} Views;

AqErr aq_occluder_new(AqOccluder **out, const AqCoqoModel *model, AqExecutor *exec)
{
    *out = NULL;
    AqOccluder *o = aq_alloc(1, sizeof *o);
    if (!o)
        return AQ_ERR_NOMEM;
    o->model = model;
    o->d = model->config.dim;
    o->S = model->shape.grid_h * model->shape.grid_w;
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

static int passes_of(const AqOccluder *o, int rows)
{
    const int n = ROWS_AT_ONCE / (rows > 0 ? rows : 1);

    if (o->forced_at_once > 0)
        return o->forced_at_once;
    return n < 1 ? 1 : n > MOST_AT_ONCE ? MOST_AT_ONCE : n;
}

/* Zeroed. */
static void *take_memory(AqOccluder *o, size_t n, size_t size)
{
    void *p = aq_arena_alloc(o->arena, n, size);

    if (p)
        memset(p, 0, n * size);
    return p;
}

static AqErr take_view(AqOccluder *o, View *v, int n)
{
    const size_t seconds = (size_t)n * (size_t)o->T;

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        v->on[m] = take_memory(o, seconds, 1);
        v->x[m] = take_memory(o, seconds * (size_t)o->d, sizeof(float));
        if (!v->on[m] || !v->x[m])
            return AQ_ERR_NOMEM;
    }
    return AQ_OK;
}

/* ---- looking ---- */

/* Each of n clips asked the question, ready in the maker. */
static AqErr lay_out(AqOccluder *o, const AqClipFeatures *clips, const char *question,
                     int n)
{
    const int most = o->model->config.max_words;
    int *ids = take_memory(o, (size_t)most, sizeof *ids);

    if (!ids)
        return AQ_ERR_NOMEM;
    const AqErr err = aq_batch_begin(&o->maker, o->model, clips, n, n, 1);
    if (err != AQ_OK)
        return err;
    const int words = aq_word_forms_encode(o->forms, question, ids, most);
    for (int k = 0; k < n; k++)
        aq_batch_question(&o->maker, k, 0, ids, words, -1, 0);
    aq_batch_end(&o->maker);
    aq_nn_begin(o->nn, AQ_NN_INFER);
    return AQ_OK;
}

static void to_floats(float *to, const AqTensor *from, size_t n)
{
    for (size_t k = 0; k < n; k++)
        to[k] = (float)from->data[k];
}

/* How many views fit into a chunk, and room for them. */
static AqErr make_chunk(AqOccluder *o, const AqTensor *q)
{
    const int n = passes_of(o, o->T);

    o->at_once = n;
    o->q = take_memory(o, (size_t)n * (size_t)o->d, sizeof *o->q);
    o->lengths = take_memory(o, (size_t)n, sizeof *o->lengths);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        if (!(o->c[m] = take_memory(o, (size_t)n * (size_t)o->d, sizeof *o->c[m])))
            return AQ_ERR_NOMEM;
    if (!o->q || !o->lengths || take_view(o, &o->chunk, n) != AQ_OK)
        return AQ_ERR_NOMEM;
    for (int k = 0; k < n; k++) {
        to_floats(o->q + (size_t)k * (size_t)o->d, q, (size_t)o->d);
        o->lengths[k] = o->maker.lengths[0];
    }
    return AQ_OK;
}

/* One clip's rows in both streams; q: F_q. */
static AqErr look_at(AqOccluder *o, const AqClipFeatures *clip, const char *question,
                     View *view, AqTensor **q)
{
    const AqCoqoBatch *b = &o->maker.batch;
    AqCoqoOutput out = {.n_pools = 1};
    AqErr err = lay_out(o, clip, question, 1);

    if (err != AQ_OK)
        return err;
    o->T = b->n_seconds;
    *q = aq_coqo_words(o->nn, o->model->net, b);
    err = take_view(o, view, 1);
    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++) {
        const AqTensor *x =
            aq_coqo_look(o->nn, o->model->net, b, (AqModality)m, *q, &out);

        o->has[m] = x != NULL;
        memcpy(view->on[m], b->on[m], (size_t)o->T);
        if (x)
            to_floats(view->x[m], x, (size_t)o->T * (size_t)o->d);
        err = aq_nn_error(o->nn);
    }
    return err;
}

static AqStandInOf stream_of(const AqOccluder *o, const AqClipFeatures *f, int m)
{
    const AqCoqoShape *s = &o->model->shape;

    return (AqStandInOf){.from = m == AQ_AUDIO ? f->audio : f->visual,
                         .on = m == AQ_AUDIO ? f->audio_present : f->visual_present,
                         .n_seconds = aq_batch_seconds(o->model, f),
                         .n_cells = m == AQ_AUDIO ? 1 : o->S,
                         .dim = m == AQ_AUDIO ? s->audio_dim : s->visual_dim,
                         .usual = o->model->mean[m]};
}

static float *room_for(AqOccluder *o, const AqStandInOf *s, int n)
{
    return take_memory(o, (size_t)n * (size_t)s->n_seconds,
                       (size_t)(s->n_cells * s->dim) * sizeof(float));
}

/* The same clip with every second hidden: row t is what second t is when it is. */
static AqErr look_instead(AqOccluder *o, const AqClipFeatures *clip,
                          const char *question)
{
    AqClipFeatures f = *clip;
    AqTensor *q;

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const AqStandInOf s = stream_of(o, clip, m);
        float *to;

        if (!s.from)
            continue;
        if (!(to = room_for(o, &s, 1)))
            return AQ_ERR_NOMEM;
        aq_stand_in_seconds(to, &s);
        *(m == AQ_AUDIO ? &f.audio : &f.visual) = to;
    }
    return look_at(o, &f, question, &o->instead, &q);
}

static AqErr look(AqOccluder *o, const AqClipFeatures *clip, const char *question)
{
    AqTensor *q;

    aq_arena_rewind(o->arena, o->empty);
    AqErr err = look_at(o, clip, question, &o->clip, &q);
    if (err == AQ_OK)
        err = make_chunk(o, q);
    return err == AQ_OK ? look_instead(o, clip, question) : err;
}

/* The pictures' rows where cell s is hidden in every second, s from `first` on. */
static AqErr look_without(AqOccluder *o, const AqClipFeatures *clip,
                          const char *question, int first, int n)
{
    const size_t rows = (size_t)o->T * (size_t)o->d;
    const AqStandInOf s = stream_of(o, clip, AQ_VISUAL);
    const size_t size = (size_t)s.n_seconds * (size_t)(s.n_cells * s.dim);
    AqClipFeatures *copies = take_memory(o, (size_t)n, sizeof *copies);
    float *pictures = room_for(o, &s, n);
    AqCoqoOutput out = {.n_pools = 1};

    if (!copies || !pictures)
        return AQ_ERR_NOMEM;
    for (int k = 0; k < n; k++) {
        copies[k] = *clip;
        copies[k].visual = pictures + (size_t)k * size;
        aq_stand_in_cell(pictures + (size_t)k * size, &s, first + k);
    }
    const AqErr err = lay_out(o, copies, question, n);
    if (err != AQ_OK)
        return err;
    AqTensor *q = aq_coqo_words(o->nn, o->model->net, &o->maker.batch);
    const AqTensor *x =
        aq_coqo_look(o->nn, o->model->net, &o->maker.batch, AQ_VISUAL, q, &out);
    if (x)
        to_floats(o->x_without + (size_t)first * rows, x, (size_t)n * rows);
    return aq_nn_error(o->nn);
}

static AqErr look_without_cells(AqOccluder *o, const AqClipFeatures *clip,
                                const char *question)
{
    const int step = passes_of(o, o->T * o->S);
    AqErr err = AQ_OK;

    o->x_without = take_memory(o, (size_t)o->S * (size_t)o->T * (size_t)o->d,
                               sizeof *o->x_without);
    if (!o->x_without)
        return AQ_ERR_NOMEM;
    for (int s = 0; err == AQ_OK && s < o->S; s += step) {
        const AqArenaMark mark = aq_arena_mark(o->arena);

        err = look_without(o, clip, question, s, o->S - s < step ? o->S - s : step);
        aq_arena_rewind(o->arena, mark);
    }
    return err;
}

/* ---- views ---- */

static void lay_view(const Views *v, int k, int at)
{
    AqOccluder *o = v->o;
    const size_t T = (size_t)o->T, rows = T * (size_t)o->d;
    View view;

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        view.on[m] = o->chunk.on[m] + (size_t)at * T;
        view.x[m] = o->chunk.x[m] + (size_t)at * rows;
        memcpy(view.on[m], o->clip.on[m], T);
        memcpy(view.x[m], o->clip.x[m], rows * sizeof(float));
    }
    v->make(v, k, &view);
}

/* What stream m of the n views in the chunk comes to, (n,d). */
static AqTensor *weigh(AqOccluder *o, AqModality m, AqTensor *q, int n)
{
    AqCoqoBatch b = {.n_clips = n,
                     .n_asks = n,
                     .n_slots = 1,
                     .n_seconds = o->T,
                     .lengths = o->lengths};
    AqCoqoOutput out = {.n_pools = 1};
    AqTensor *x = NULL;

    b.on[m] = o->chunk.on[m];
    if (o->has[m]) {
        b.features[m] = o->chunk.x[m];
        x = aq_nn_input(o->nn, AQ_DIMS(n, o->T, o->d), o->chunk.x[m]);
    }
    return aq_coqo_weigh(o->nn, o->model->net, &b, m, x, q, &out);
}

static void keep_stream(AqOccluder *o, int m, const AqTensor *c)
{
    for (int k = 0; c && k < o->at_once; k++)
        to_floats(o->c[m] + (size_t)k * (size_t)o->d, c, (size_t)o->d);
}

/* Logits of the n views in the chunk, (n,K). */
static const AqTensor *answer(const Views *v, int n, int keep)
{
    AqOccluder *o = v->o;
    AqTensor *c[AQ_N_MODALITIES];

    aq_nn_begin(o->nn, AQ_NN_INFER);
    AqTensor *q = aq_nn_input(o->nn, AQ_DIMS(n, o->d), o->q);
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        c[m] = v->same[m] ? aq_nn_input(o->nn, AQ_DIMS(n, o->d), o->c[m])
                          : weigh(o, (AqModality)m, q, n);
        if (keep)
            keep_stream(o, m, c[m]);
    }
    return aq_coqo_answer(o->nn, o->model->net, c[AQ_AUDIO], c[AQ_VISUAL], q);
}

static AqErr run(const Views *v)
{
    AqOccluder *o = v->o;
    const int K = (int)o->model->answers.n;

    for (int done = 0; done < v->n; done += o->at_once) {
        const int n = v->n - done < o->at_once ? v->n - done : o->at_once;

        for (int k = 0; k < n; k++)
            lay_view(v, v->first + done + k, k);
        const AqTensor *y = answer(v, n, v->keep && done == 0);
        const AqErr err = aq_nn_error(o->nn);
        if (err != AQ_OK)
            return err;
        for (int k = 0; k < n * K; k++)
            if (!isfinite(y->data[k]))
                return aq_fail(AQ_ERR_NUMERIC,
                               "with a part of the clip hidden the model's answer is "
                               "not a number: its weights do not fit these features");
        for (int k = 0; k < n; k++)
            v->take(v, v->first + done + k, y->data + k * K);
    }
    return AQ_OK;
}

static int likeliest(const AqReal *logits, int n)
{
    int best = 0;

    for (int k = 1; k < n; k++)
        if (logits[k] > logits[best])
            best = k;
    return best;
}

/* log(p / (1 - p)) of answer a; 0 where there is no other. */
static double log_odds(const AqReal *logits, int n, int a)
{
    double most = (double)-INFINITY, sum = 0;

    for (int k = 0; k < n; k++)
        if (k != a)
            most = fmax(most, (double)logits[k]);
    for (int k = 0; k < n; k++)
        if (k != a)
            sum += exp((double)logits[k] - most);
    return n > 1 ? (double)logits[a] - most - log(sum) : 0;
}

static float drop(const Views *v, const AqReal *logits)
{
    const int K = (int)v->o->model->answers.n;

    return (float)(v->out->log_odds - log_odds(logits, K, v->out->answer));
}

/* ---- seconds and streams: view 0 hides nothing, 1 and 2 a stream, the rest a second
 * of the sound, then of the pictures ---- */

enum { SECONDS_FROM = 1 + AQ_N_MODALITIES };

static void hide_second(const Views *v, int k, View *view)
{
    const int T = v->o->T, at = k - SECONDS_FROM;
    const size_t d = (size_t)v->o->d;

    if (k == 0)
        return;
    if (k < SECONDS_FROM)
        memset(view->on[k - 1], 0, (size_t)T);
    else
        memcpy(view->x[at / T] + (size_t)(at % T) * d,
               v->o->instead.x[at / T] + (size_t)(at % T) * d, d * sizeof(float));
}

static void take_second(const Views *v, int k, const AqReal *logits)
{
    const int K = (int)v->o->model->answers.n, T = v->o->T, at = k - SECONDS_FROM;
    const int best = likeliest(logits, K);

    if (k == 0) {
        v->out->answer = v->o->answer < 0 ? best : v->o->answer;
        v->out->log_odds = log_odds(logits, K, v->out->answer);
    } else if (k < SECONDS_FROM) {
        const int has = v->o->has[k - 1];

        v->out->stream[k - 1] = has ? drop(v, logits) : 0;
        v->out->stream_answer[k - 1] = has ? best : v->out->answer;
    } else {
        const int m = at / T, t = at % T, has = v->o->clip.on[m][t];

        v->drops[m][t] = has ? drop(v, logits) : 0;
        v->answers[m][t] = has ? best : v->out->answer;
    }
}

/* What is the same in all of them is weighed once: so the two streams' seconds are
 * families of their own. */
static AqErr occlude_seconds(AqOccluder *o, AqOcclusion *out)
{
    Views v = {.o = o,
               .n = SECONDS_FROM,
               .keep = 1,
               .make = hide_second,
               .take = take_second,
               .out = out};

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        out->second[m] = v.drops[m] = take_memory(o, (size_t)o->T, sizeof(float));
        out->second_answer[m] = v.answers[m] =
            take_memory(o, (size_t)o->T, sizeof(int));
        if (!v.drops[m] || !v.answers[m])
            return AQ_ERR_NOMEM;
        out->has[m] = o->has[m];
    }
    AqErr err = run(&v);
    v.n = o->T;
    v.keep = 0;
    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++) {
        v.first = SECONDS_FROM + m * o->T;
        v.same[m] = 0;
        v.same[!m] = 1;
        err = run(&v);
    }
    return err;
}

/* ---- cells: hidden in all seconds (views 0 .. S-1), then in one second alone ---- */

static void hide_cell(const Views *v, int k, View *view)
{
    const AqOccluder *o = v->o;
    const size_t d = (size_t)o->d, rows = (size_t)o->T * d;
    const float *without = o->x_without + (size_t)(k % o->S) * rows;

    if (k < o->S) {
        memcpy(view->x[AQ_VISUAL], without, rows * sizeof *without);
    } else {
        const size_t at = (size_t)v->seconds[k / o->S - 1] * d;

        memcpy(view->x[AQ_VISUAL] + at, without + at, d * sizeof *without);
    }
}

static void take_cell(const Views *v, int k, const AqReal *logits)
{
    const int S = v->o->S;

    if (k < S)
        v->drops[0][k] = drop(v, logits);
    else
        v->drops[1][v->seconds[k / S - 1] * S + k % S] = drop(v, logits);
}

/* The seconds with a picture, those with the largest drops, n of them. */
static int *seconds_to_look_into(AqOccluder *o, const AqOcclusion *y,
                                 unsigned char *looked, int *n)
{
    int *at = take_memory(o, AQ_OCCLUSION_MOST_GRIDS, sizeof *at);

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
    unsigned char *looked = take_memory(o, T, 1);
    float *cell = take_memory(o, S, sizeof *cell);
    float *grid = take_memory(o, T * S, sizeof *grid);
    int n = 0;

    if (!looked || !cell || !grid)
        return AQ_ERR_NOMEM;
    const int *seconds = seconds_to_look_into(o, out, looked, &n);
    if (!seconds)
        return AQ_ERR_NOMEM;
    out->cell = cell;
    out->grid = grid;
    out->looked = looked;
    const Views v = {.o = o,
                     .n = (1 + n) * o->S,
                     .same[AQ_AUDIO] = 1,
                     .make = hide_cell,
                     .take = take_cell,
                     .out = out,
                     .drops = {cell, grid},
                     .seconds = seconds};
    return run(&v);
}

AqErr aq_occlude(AqOccluder *o, const AqClipFeatures *clip, const char *question,
                 int cells, AqOcclusion *out)
{
    *out = (AqOcclusion){0};
    AqErr err = look(o, clip, question);

    if (err != AQ_OK)
        return err;
    out->n_seconds = o->T;
    out->n_cells = o->S;
    err = occlude_seconds(o, out);
    if (err == AQ_OK && cells && o->has[AQ_VISUAL])
        err = look_without_cells(o, clip, question);
    if (err == AQ_OK && cells && o->has[AQ_VISUAL])
        err = occlude_cells(o, out);
    return err;
}

static float nth(const AqOcclusion *y, int k)
{
    return y->second[k / y->n_seconds][k % y->n_seconds];
}

int aq_occlusion_strongest(const AqOcclusion *y, int *at, int most)
{
    int n = 0;

    for (int k = 0; k < AQ_N_MODALITIES * y->n_seconds; k++) {
        int to = n;

        if ((double)nth(y, k) < AQ_OCCLUSION_WORTH)
            continue;
        for (; to > 0 && nth(y, at[to - 1]) < nth(y, k); to--)
            if (to < most)
                at[to] = at[to - 1];
        if (to < most)
            at[to] = k;
        n += n < most;
    }
    return n;
}

/* ---- sets of seconds ---- */

static void lack_set(const Views *v, int k, View *view)
{
    const int T = v->o->T;
    const unsigned char *lacking = v->lacking + (size_t)k * AQ_N_MODALITIES * (size_t)T;

    for (int j = 0; j < AQ_N_MODALITIES * T; j++)
        if (lacking[j])
            view->on[j / T][j % T] = 0;
}

static void take_set(const Views *v, int k, const AqReal *logits)
{
    v->answers[0][k] = likeliest(logits, (int)v->o->model->answers.n);
}

AqErr aq_occlude_sets(AqOccluder *o, const unsigned char *lacking, int n, int *answers)
{
    const Views v = {.o = o,
                     .n = n,
                     .make = lack_set,
                     .take = take_set,
                     .lacking = lacking,
                     .answers = {answers}};

    return run(&v);
}
