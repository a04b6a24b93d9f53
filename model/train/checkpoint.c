/* SPDX-License-Identifier: MIT */
#include "model/train/checkpoint.h"

#include "base/alloc.h"
#include "model/nn/resume.h"

#include <math.h>
#include <string.h>

enum {
    N_PLACE = sizeof(AqTrainPlace) / sizeof(int64_t),
    N_SCORES = sizeof(AqTrainScores) / sizeof(double)
};

/* The scores as in the file, with only the existing parts of the loss. */
static size_t pack_scores(double row[N_SCORES], const AqCheckpoint *c)
{
    const AqTrainScores *s = &c->scores;
    const double rest[] = {s->best_accuracy, s->best_loss, s->val_floor, s->seconds};
    const size_t n = (size_t)c->n_parts;

    row[0] = s->total;
    memcpy(row + 1, s->part, n * sizeof *row);
    memcpy(row + 1 + n, rest, sizeof rest);
    return 1 + n + sizeof rest / sizeof *rest;
}

static AqErr read_scores(AqCheckpoint *c, AqWeights *w)
{
    AqTrainScores *s = &c->scores;
    double row[N_SCORES];
    const size_t n = (size_t)c->n_parts, rest = 1 + n;
    const AqErr err = aq_resume_read_row(w, "scores", AQ_F64, row, rest + 4);

    if (err != AQ_OK)
        return err;
    *s = (AqTrainScores){.total = row[0],
                         .best_accuracy = row[rest],
                         .best_loss = row[rest + 1],
                         .val_floor = row[rest + 2],
                         .seconds = row[rest + 3]};
    memcpy(s->part, row + 1, n * sizeof *row);
    return AQ_OK;
}

/* ---- a fingerprint of the questions ---- */

static AqErr add_ints(AqSha256 *s, const int *v, size_t n)
{
    return aq_sha256_add(s, v, n * sizeof *v);
}

/* Digest of what is asked about which video, as the network sees it. */
static AqErr digest_questions(const AqTrainData *d, const AqSampling *by,
                              char hex[AQ_SHA256_HEX])
{
    const size_t n = d->set->n_questions, rows = d->first_row[n];
    AqSha256 *s = NULL;
    AqErr err = aq_sha256_new(&s);

    if (err == AQ_OK)
        err = add_ints(s, d->ids, rows * (size_t)d->max_words);
    if (err == AQ_OK)
        err = add_ints(s, d->n_words, rows);
    if (err == AQ_OK)
        err = add_ints(s, d->answer, n);
    if (err == AQ_OK && by->n > 0)
        err = add_ints(s, by->unit, n);
    for (size_t k = 0; err == AQ_OK && k < d->n_videos; k++) {
        const size_t video[] = {d->videos[k].clip, d->videos[k].first, d->videos[k].n};
        err = aq_sha256_add(s, video, sizeof video);
    }
    if (err == AQ_OK)
        err = aq_sha256_finish(&s, hex);
    aq_sha256_free(&s);
    return err;
}

static AqErr origin_of(AqResumeOrigin *o, const AqCheckpoint *c)
{
    *o = (AqResumeOrigin){.format = "avqa-pipe training 1",
                          .kind = "training",
                          .settings = c->settings,
                          .data_key = "questions",
                          .other_data = "other questions or videos; give the same "
                                        "annotations and store"};
    return digest_questions(c->data, c->sampling, o->data);
}

/* ---- saving ---- */

static AqErr write_param_values(AqWeightsWriter *w, const char *name, const AqReal *v,
                                size_t n)
{
    const int64_t dims[] = {(int64_t)n};

    return v ? aq_weights_writer_add(w, name, 1, dims, v, AQ_F32) : AQ_OK;
}

/* Rows that the writer borrows until its commit. */
typedef struct CheckpointRows {
    int64_t *order;
    double scores[N_SCORES];
    size_t n_order, n_scores;
} CheckpointRows;

/* order (n_questions) followed by next (n_videos), as 64-bit numbers. */
static int64_t *pack_order(const AqTrainData *d, size_t *n)
{
    *n = d->set->n_questions + d->n_videos;
    int64_t *v = aq_alloc(*n, sizeof *v);

    for (size_t k = 0; v && k < d->set->n_questions; k++)
        v[k] = (int64_t)d->order[k];
    for (size_t k = 0; v && k < d->n_videos; k++)
        v[d->set->n_questions + k] = (int64_t)d->videos[k].next;
    return v;
}

static AqErr write_checkpoint_rows(const AqCheckpoint *c, AqWeightsWriter *w,
                                   const CheckpointRows *r)
{
    const size_t n = aq_params_count(c->params);
    AqErr err = aq_resume_add_row(w, "place", AQ_I64, &c->place, N_PLACE);

    if (err == AQ_OK)
        err = aq_resume_add_row(w, "scores", AQ_F64, r->scores, r->n_scores);
    if (err == AQ_OK)
        err = aq_resume_add_row(w, "order", AQ_I64, r->order, r->n_order);
    if (err == AQ_OK && c->sampling->n > 0)
        err =
            aq_resume_add_row(w, "sampling", AQ_F64, c->sampling->mean, c->sampling->n);
    if (err == AQ_OK)
        err = aq_resume_add_params(w, c->params, "p.", "");
    if (err == AQ_OK)
        err = write_param_values(w, "best", c->best, n);
    return err == AQ_OK ? write_param_values(w, "mean", c->mean, n) : err;
}

AqErr aq_checkpoint_save(const AqCheckpoint *c, const char *path)
{
    CheckpointRows r = {.n_scores = 0};
    AqResumeOrigin origin;
    AqWeightsWriter *w = NULL;

    r.order = pack_order(c->data, &r.n_order);
    r.n_scores = pack_scores(r.scores, c);
    AqErr err = r.order ? origin_of(&origin, c) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = aq_resume_writer_new(&w, &origin);
    if (err == AQ_OK)
        err = write_checkpoint_rows(c, w, &r);
    if (err == AQ_OK)
        err = aq_weights_writer_commit(w, path);
    aq_weights_writer_free(&w);
    aq_free(r.order);
    return err;
}

/* ---- loading ---- */

static AqErr read_order(AqTrainData *d, AqWeights *w)
{
    const size_t Q = d->set->n_questions, n = Q + d->n_videos;
    int64_t *v = aq_alloc(n, sizeof *v);
    AqErr err = v ? aq_resume_read_row(w, "order", AQ_I64, v, n) : AQ_ERR_NOMEM;

    for (size_t k = 0; err == AQ_OK && k < n; k++) {
        const size_t most = k < Q ? Q - 1 : d->videos[k - Q].n;

        if (v[k] < 0 || (uint64_t)v[k] > most)
            err = aq_fail(AQ_ERR_FORMAT, "%s: its order of questions is invalid",
                          aq_weights_path(w));
        else if (k < Q)
            d->order[k] = (size_t)v[k];
        else
            d->videos[k - Q].next = (size_t)v[k];
    }
    aq_free(v);
    return err;
}

static AqErr read_sampling(AqSampling *s, AqWeights *w)
{
    AqErr err =
        s->n > 0 ? aq_resume_read_row(w, "sampling", AQ_F64, s->mean, s->n) : AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < s->n; k++)
        if (!isfinite(s->mean[k]))
            err = aq_fail(AQ_ERR_FORMAT, "%s: its losses of questions are not finite",
                          aq_weights_path(w));
    return err;
}

static AqErr read_checkpoint_rows(AqCheckpoint *c, AqWeights *w)
{
    const size_t n = aq_params_count(c->params);
    AqErr err = aq_resume_read_row(w, "place", AQ_I64, &c->place, N_PLACE);

    if (err == AQ_OK)
        err = read_scores(c, w);
    if (err == AQ_OK)
        err = read_order(c->data, w);
    if (err == AQ_OK)
        err = read_sampling(c->sampling, w);
    if (err == AQ_OK)
        err = aq_resume_read_params(w, c->params, "p.", "");
    if (err == AQ_OK && c->best)
        err = aq_resume_read_row(w, "best", AQ_F32, c->best, n);
    if (err == AQ_OK && c->mean)
        err = aq_resume_read_row(w, "mean", AQ_F32, c->mean, n);
    return err;
}

AqErr aq_checkpoint_load(AqCheckpoint *c, const char *path)
{
    AqResumeOrigin origin;
    AqWeights *w = NULL;
    AqErr err = origin_of(&origin, c);

    if (err == AQ_OK)
        err = aq_resume_open(&w, path, &origin);
    if (err == AQ_OK)
        err = read_checkpoint_rows(c, w);
    aq_weights_unref(&w);
    return err;
}
