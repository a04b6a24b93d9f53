/* SPDX-License-Identifier: MIT */
/*
 * The network's `look` runs once on the clip as it is, once with its seconds replaced,
 * and, if cells are hidden, once for each cell. The views are made from the resulting
 * rows.
 */
#include "model/answer/head.h"
#include "model/data/changes.h"
#include "model/explain/occlusion_priv.h"
#include "model/explain/stand_in.h"
#include "model/trained/batch.h"
#include "model/trained/model_tower.h"

#include <string.h>

#define ROWS_AT_ONCE 8192 /* cells for `look`, or seconds for `weigh`, in one pass */
#define MOST_AT_ONCE 256

static int passes_of(const AqOccluder *o, int rows)
{
    const int n = ROWS_AT_ONCE / (rows > 0 ? rows : 1);

    if (o->forced_at_once > 0)
        return o->forced_at_once;
    return n < 1 ? 1 : n > MOST_AT_ONCE ? MOST_AT_ONCE : n;
}

/* Zeroed. */
void *aq_occluder_take(AqOccluder *o, size_t n, size_t size)
{
    void *p = aq_arena_alloc(o->arena, n, size);

    if (p)
        memset(p, 0, n * size);
    return p;
}

/* Stream m of n views; o->pools are known. */
static AqErr take_view_stream(AqOccluder *o, AqView *v, int m, int n)
{
    v->on[m] = aq_occluder_take(o, (size_t)n * (size_t)o->T, 1);
    v->x[m] = aq_occluder_take(o, (size_t)n * aq_occluder_rows(o, m), sizeof(float));
    return v->on[m] && v->x[m] ? AQ_OK : AQ_ERR_NOMEM;
}

/* With what there is to choose from. */
static AqQuestion question_asked(const AqOccluder *o, const char *question)
{
    return (AqQuestion){
        .text = question, .choices = o->choices, .n_choices = o->n_choices};
}

/* The ids of the question's row k go to ask `ask`. */
static AqErr put_row_asked(AqOccluder *o, int ask, int k, const char *question,
                           int *ids)
{
    const AqQuestion q = question_asked(o, question);
    int n, asked;
    const AqErr err = aq_model_encode_row(o->model, o->forms, &q, k, ids, &n, &asked);

    if (err != AQ_OK)
        return err;
    aq_batch_question(&o->maker, ask, k, ids, n, -1, 0);
    if (o->model->shape.task == AQ_TASK_CHOICE)
        aq_batch_candidate(&o->maker, ask, k, 0, asked);
    return AQ_OK;
}

/* Prepares a batch that asks the question about each of n clips. */
static AqErr prepare_clip_batch(AqOccluder *o, const AqClipFeatures *clips,
                                const char *question, int n)
{
    const int most = o->model->net->reads.max_words;
    int *ids = aq_occluder_take(o, (size_t)most, sizeof *ids);

    if (!ids)
        return AQ_ERR_NOMEM;
    AqErr err = aq_batch_begin(&o->maker, o->model, clips, n, n, o->rows);
    for (int k = 0; err == AQ_OK && k < n * o->rows; k++)
        err = put_row_asked(o, k / o->rows, k % o->rows, question, ids);
    if (err != AQ_OK)
        return err;
    aq_batch_end(&o->maker);
    aq_nn_begin(o->nn, AQ_NN_INFER);
    return AQ_OK;
}

void aq_occluder_floats(float *to, const AqTensor *from, size_t n)
{
    for (size_t k = 0; k < n; k++)
        to[k] = (float)from->data[k];
}

/* Decides how many views fit in a chunk, and allocates them. */
static AqErr make_chunk(AqOccluder *o, const AqTensor *q)
{
    const int n = passes_of(o, o->T * o->rows);
    const size_t rows = (size_t)n * (size_t)o->rows,
                 words = (size_t)o->rows * (size_t)o->reads->words_width;

    o->at_once = n;
    o->q = aq_occluder_take(o, (size_t)n * words, sizeof *o->q);
    o->lengths = aq_occluder_take(o, rows, sizeof *o->lengths);
    o->candidate_of = aq_occluder_take(o, rows, sizeof *o->candidate_of);
    o->logits = aq_occluder_take(o, (size_t)o->n_answers, sizeof *o->logits);
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        o->c[m] = aq_occluder_take(o, rows * (size_t)o->reads->weigh_width[m],
                                   sizeof *o->c[m]);
        if (!o->c[m] || take_view_stream(o, &o->chunk, m, n) != AQ_OK)
            return AQ_ERR_NOMEM;
    }
    if (!o->q || !o->lengths || !o->candidate_of || !o->logits)
        return AQ_ERR_NOMEM;
    for (int k = 0; k < n; k++)
        aq_occluder_floats(o->q + (size_t)k * words, q, words);
    for (size_t k = 0; k < rows; k++)
        o->lengths[k] = o->maker.lengths[k % (size_t)o->rows];
    return AQ_OK;
}

/* One clip's rows in both streams; q: F_q. */
static AqErr encode_clip_view(AqOccluder *o, const AqClipFeatures *clip,
                              const char *question, AqView *view, AqTensor **q)
{
    const AqBatch *b = &o->maker.batch;
    AqAnswerOutput out = {.n_pools = 1};
    AqErr err = prepare_clip_batch(o, clip, question, 1);

    if (err != AQ_OK)
        return err;
    o->T = b->n_seconds;
    *q = o->model->net->network->words(o->nn, o->model->net, b);
    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++) {
        const AqTensor *x = o->model->net->network->look(o->nn, o->model->net, b,
                                                         (AqModality)m, *q, &out);

        if ((err = aq_nn_error(o->nn)) != AQ_OK)
            break;
        o->has[m] = x != NULL;
        o->pools[m] = x ? x->dims[0] : 1;
        if ((err = take_view_stream(o, view, m, 1)) != AQ_OK)
            break;
        memcpy(view->on[m], b->on[m], (size_t)o->T);
        if (x)
            aq_occluder_floats(view->x[m], x, aq_occluder_rows(o, m));
    }
    return err;
}

static AqStandInOf stand_in_stream(const AqOccluder *o, const AqClipFeatures *f, int m)
{
    return (AqStandInOf){.from = m == AQ_AUDIO ? f->audio : f->visual,
                         .on = m == AQ_AUDIO ? f->audio_present : f->visual_present,
                         .n_seconds = aq_batch_seconds(o->model, f),
                         .sizes = &o->model->shape.sizes,
                         .modality = (AqModality)m,
                         .usual = o->model->mean[m]};
}

/* The same of what changes in the pictures. */
static AqStandInOf stand_in_changes(const AqOccluder *o, const AqClipFeatures *f)
{
    AqStandInOf s = stand_in_stream(o, f, AQ_VISUAL);

    s.from = f->visual_change;
    s.usual = o->still;
    return s;
}

static float *room_for(AqOccluder *o, const AqStandInOf *s, int n)
{
    return aq_occluder_take(o, (size_t)n * (size_t)s->n_seconds,
                            (size_t)aq_feature_total(s->sizes, s->modality).values *
                                sizeof(float));
}

/* Adds to the occluder's clip what changes in its pictures, if the network reads it: it
 * belongs to a second, and is hidden with it. */
static AqErr add_changes(AqOccluder *o)
{
    const AqFeaturePlace all = aq_feature_total(&o->model->shape.sizes, AQ_VISUAL);

    if (!o->reads->changes || !o->features.visual)
        return AQ_OK;
    const AqStandInOf s = stand_in_stream(o, &o->features, AQ_VISUAL);
    float *changes = room_for(o, &s, 1);
    o->still = aq_occluder_take(o, (size_t)all.channels, sizeof *o->still);
    if (!changes || !o->still)
        return AQ_ERR_NOMEM;
    if (!o->features.visual_change)
        aq_clip_changes(changes, &o->features, s.n_seconds, (size_t)all.values);
    else
        memcpy(changes, o->features.visual_change,
               (size_t)s.n_seconds * (size_t)all.values * sizeof *changes);
    o->features.visual_change = changes;
    return AQ_OK;
}

/* The same clip with every second hidden: row t is second t when hidden. */
static AqErr look_instead(AqOccluder *o, const char *question)
{
    const AqClipFeatures *clip = &o->features;
    AqClipFeatures f = *clip;
    AqTensor *q;

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const AqStandInOf s = stand_in_stream(o, clip, m);
        float *to;

        if (!s.from)
            continue;
        if (!(to = room_for(o, &s, 1)))
            return AQ_ERR_NOMEM;
        aq_stand_in_seconds(to, &s);
        *(m == AQ_AUDIO ? &f.audio : &f.visual) = to;
    }
    if (clip->visual_change) {
        const AqStandInOf s = stand_in_changes(o, clip);
        float *to = room_for(o, &s, 1);

        if (!to)
            return AQ_ERR_NOMEM;
        aq_stand_in_seconds(to, &s);
        f.visual_change = to;
    }
    return encode_clip_view(o, &f, question, &o->instead, &q);
}

AqErr aq_occluder_look(AqOccluder *o, const AqClipFeatures *clip, const char *question)
{
    const AqQuestion asked = question_asked(o, question);
    AqTensor *q;

    aq_arena_rewind(o->arena, o->empty);
    o->features = *clip;
    AqErr err = aq_model_takes(o->model, &asked);
    o->rows = aq_model_rows(o->model, &asked);
    o->n_answers = aq_head_answers(&o->model->shape, o->rows);
    if (err == AQ_OK)
        err = add_changes(o);
    if (err == AQ_OK)
        err = encode_clip_view(o, &o->features, question, &o->clip, &q);
    if (err == AQ_OK)
        err = make_chunk(o, q);
    return err == AQ_OK ? look_instead(o, question) : err;
}

/* The pictures' rows with cell s hidden in every second, for s from `first` on. */
static AqErr look_without(AqOccluder *o, const char *question, int first, int n)
{
    const AqClipFeatures *clip = &o->features;
    const size_t rows = aq_occluder_rows(o, AQ_VISUAL);
    const AqStandInOf s = stand_in_stream(o, clip, AQ_VISUAL);
    const size_t size =
        (size_t)s.n_seconds * (size_t)aq_feature_total(s.sizes, AQ_VISUAL).values;
    AqClipFeatures *copies = aq_occluder_take(o, (size_t)n, sizeof *copies);
    const AqStandInOf moves = stand_in_changes(o, clip);
    float *pictures = room_for(o, &s, n);
    float *changes = moves.from ? room_for(o, &moves, n) : NULL;
    AqAnswerOutput out = {.n_pools = 1};

    if (!copies || !pictures || (moves.from && !changes))
        return AQ_ERR_NOMEM;
    for (int k = 0; k < n; k++) {
        copies[k] = *clip;
        copies[k].visual = pictures + (size_t)k * size;
        aq_stand_in_cell(pictures + (size_t)k * size, &s, first + k);
        if (!changes)
            continue;
        copies[k].visual_change = changes + (size_t)k * size;
        aq_stand_in_cell(changes + (size_t)k * size, &moves, first + k);
    }
    const AqErr err = prepare_clip_batch(o, copies, question, n);
    if (err != AQ_OK)
        return err;
    AqTensor *q = o->model->net->network->words(o->nn, o->model->net, &o->maker.batch);
    const AqTensor *x = o->model->net->network->look(
        o->nn, o->model->net, &o->maker.batch, AQ_VISUAL, q, &out);
    if (x)
        aq_occluder_floats(o->x_without + (size_t)first * rows, x, (size_t)n * rows);
    return aq_nn_error(o->nn);
}

AqErr aq_occluder_look_without(AqOccluder *o, const char *question)
{
    const int step = passes_of(o, o->T * o->S * o->rows);
    AqErr err = AQ_OK;

    o->x_without = aq_occluder_take(o, (size_t)o->S * aq_occluder_rows(o, AQ_VISUAL),
                                    sizeof *o->x_without);
    if (!o->x_without)
        return AQ_ERR_NOMEM;
    for (int s = 0; err == AQ_OK && s < o->S; s += step) {
        const AqArenaMark mark = aq_arena_mark(o->arena);

        err = look_without(o, question, s, o->S - s < step ? o->S - s : step);
        aq_arena_rewind(o->arena, mark);
    }
    return err;
}
