/* SPDX-License-Identifier: MIT */
/* The network's options and parameters, and its row of the table. */
#include "model/hcrn/hcrn_priv.h"

#include "base/options/rows.h"
#include "model/answer/head.h"

#include <stdio.h>
#include <string.h>

/* ---- options ---- */

static const char *const draws[] = {"anew", "once", NULL};
static const char *const encoders[] = {"bilstm", "shared", NULL};
static const char *const places[] = {"off", "tokens", "frames", NULL};

static const AqOption options[] = {
    AQ_ROW_INT("dim", AqHcrnConfig, dim, 2, 4096, "width d", NULL),
    AQ_ROW_INT("word-dim", AqHcrnConfig, word_dim, 1, 4096,
               "width of a word's embedding", NULL),
    AQ_ROW_INT("clips", AqHcrnConfig, clips, AQ_HCRN_LEAST, AQ_HCRN_MOST,
               "clips of a video", NULL),
    AQ_ROW_INT("frames", AqHcrnConfig, frames, AQ_HCRN_LEAST, AQ_HCRN_MOST,
               "frames of a clip, where a row of features is one frame", NULL),
    AQ_ROW_INT("subsets", AqHcrnConfig, subsets, 1, 64,
               "subsets that are drawn of each size", NULL),
    AQ_ROW_INT("subsets-in-use", AqHcrnConfig, subsets_in_use, 0, 1024,
               "the same when it answers; 0: as many", NULL),
    AQ_ROW_CHOICE("draw", AqHcrnConfig, draw, draws,
                  "subsets for each step of training, or the same for all", NULL),
    AQ_ROW_INT("subset-seed", AqHcrnConfig, subset_seed, 0, 1000000000,
               "seed of the subsets that are the same for all", NULL),
    AQ_ROW_CHOICE("encoder", AqHcrnConfig, encoder, encoders,
                  "HCRN's own reading of words, or that of --question", NULL),
    AQ_ROW_SWITCH("batch-norm", AqHcrnConfig, batch_norm,
                  "batch normalisation before the answer"),
    AQ_ROW_SWITCH("sound", AqHcrnConfig, sound, "relate clips by the sound too"),
    AQ_ROW_SWITCH("whole-set", AqHcrnConfig, whole_set,
                  "these relations have the set of all clips too"),
    AQ_ROW_INT("max-seconds", AqHcrnConfig, max_seconds, 1, 3600, "seconds looked at",
               NULL),
    AQ_ROW_INT("max-words", AqHcrnConfig, max_words, 1, 256, "words read of a question",
               NULL),
    AQ_ROW_INT("min-count", AqHcrnConfig, min_count, 1, 1000000,
               "times a word must occur to be known", NULL),
    AQ_ROW_REAL("dropout", AqHcrnConfig, dropout, 0, 0.9, "dropout", NULL),
    AQ_ROW_REAL("question-dropout", AqHcrnConfig, question_dropout, 0, 0.9,
                "dropout of the question's vector", NULL),
    AQ_ROW_CHOICE("qgt", AqHcrnConfig, qgt, places,
                  "where a question-guided transformer is", NULL),
    AQ_ROWS_AT(aq_qgt_sizes, offsetof(AqHcrnConfig, form)),
    AQ_ROWS_AT(aq_qgt_lambda, offsetof(AqHcrnConfig, form)),
    {0}};

static void set_hcrn_defaults(void *config)
{
    *(AqHcrnConfig *)config = (AqHcrnConfig){.dim = 512,
                                             .word_dim = 300,
                                             .clips = 8,
                                             .frames = 16,
                                             .subsets = 1,
                                             .subset_seed = 666,
                                             .batch_norm = 1,
                                             .whole_set = 1,
                                             .max_seconds = 60,
                                             .max_words = 24,
                                             .min_count = 1,
                                             .dropout = 0.15,
                                             .question_dropout = 0.18,
                                             .form = aq_qgt_form_default()};
}

/* Clips left after those related by motion and by sound; the question takes two. */
static int clips_left(const AqHcrnConfig *c)
{
    return c->clips - 2 - (c->sound ? 2 - c->whole_set : 0);
}

static AqErr check_hcrn_config(const void *config)
{
    const AqHcrnConfig *c = config;

    if (c->dim % 2 != 0)
        return aq_fail(AQ_ERR_USAGE,
                       "width %d cannot be split between the two directions in which a "
                       "question is read: choose an even --dim",
                       c->dim);
    if (clips_left(c) < 3)
        return aq_fail(AQ_ERR_USAGE,
                       "%d clips are too few to relate them by motion, sound and "
                       "question: choose more --clips",
                       c->clips);
    return c->qgt == AQ_HCRN_QGT_OFF ? AQ_OK : aq_qgt_check(&c->form, c->dim);
}

static AqAnswerReads what_hcrn_reads(const void *config, const AqAnswerShape *shape)
{
    const AqHcrnConfig *c = config;
    const AqHcrnClips clips = aq_hcrn_clips(c, &shape->sizes);
    const int objects = aq_hcrn_frames(&clips) - 4;

    return (AqAnswerReads){.max_seconds = c->max_seconds,
                           .max_words = c->max_words,
                           .min_count = c->min_count,
                           .width = c->dim,
                           .words_width = c->dim * (1 + aq_hcrn_chooses(shape)),
                           .look_width = {c->dim, (clips.cells + 5) * c->dim},
                           .weigh_width = {c->dim, (1 + c->clips * objects) * c->dim},
                           .streams = {c->sound, 1},
                           .together = c->batch_norm};
}

/* ---- parameters ---- */

/* What the features must be; d->err if they are not. */
static void check_hcrn_features(const AqHcrn *net, AqDeclare *d)
{
    const AqFeatureSizes *s = &net->shape.sizes;
    const int F = aq_hcrn_frames(&net->clips);

    if (d->err != AQ_OK)
        return;
    if (s->of[AQ_VISUAL][0].dim < 1)
        d->err = aq_fail(AQ_ERR_USAGE, "hcrn looks at pictures, and there are no "
                                       "features of any: give --visual NAME");
    else if (s->n[AQ_VISUAL] > 2)
        d->err = aq_fail(AQ_ERR_USAGE,
                         "hcrn reads frames and, as a second feature, motion, not %d "
                         "features of the picture: give --visual FRAMES,MOTION",
                         s->n[AQ_VISUAL]);
    else if (F < AQ_HCRN_LEAST || F > AQ_HCRN_MOST)
        d->err = aq_fail(AQ_ERR_USAGE,
                         "a clip of hcrn is %d to %d frames, and a row of these "
                         "features is %d: give features of one picture a row, or of "
                         "so many frames",
                         AQ_HCRN_LEAST, AQ_HCRN_MOST, F);
    else if (net->config->sound && s->of[AQ_AUDIO][0].dim < 1)
        d->err = aq_fail(AQ_ERR_USAGE, "--sound on needs features of the sound: give "
                                       "--audio NAME, or leave it off");
    else if (net->shape.reading && net->shape.reading->reads_rows &&
             net->config->encoder == AQ_HCRN_BILSTM)
        d->err = aq_fail(AQ_ERR_USAGE,
                         "hcrn's own encoder reads words: give --encoder shared for "
                         "--question %s",
                         net->shape.reading->name);
}

static void declare_hcrn_inputs(AqHcrn *net, AqDeclare *d)
{
    const AqHcrnConfig *c = net->config;
    const AqFeatureSizes *s = &net->shape.sizes;
    const int motion = s->of[AQ_VISUAL][s->n[AQ_VISUAL] > 1].dim;
    char name[AQ_FEATURE_NAME];

    aq_hcrn_declare_words(net, d);
    net->frame =
        aq_declare_dense(d, "visual", "frame", s->of[AQ_VISUAL][0].dim, c->dim);
    net->motion = aq_declare_dense(d, "visual", "motion", motion, c->dim);
    net->sequence = aq_declare_lstm(d, "visual.sequence", motion, c->dim);
    net->video_motion = aq_declare_dense(d, "visual", "video_motion", c->dim, c->dim);
    for (int k = 0; c->sound && k < s->n[AQ_AUDIO]; k++)
        net->sound[k] = aq_declare_dense(d, "audio", aq_feature_name("in", k, name),
                                         s->of[AQ_AUDIO][k].dim, c->dim);
    net->condition = aq_declare_dense(d, "question", "condition", c->dim, c->dim);
}

static void declare_hcrn_relations(AqHcrn *net, AqDeclare *d)
{
    const AqHcrnConfig *c = net->config;
    const int F = aq_hcrn_frames(&net->clips), whole = c->sound && c->whole_set;

    net->clip_motion = aq_declare_crn(d, "clip.motion", F, 1, 0, c->dim);
    net->clip_question = aq_declare_crn(d, "clip.question", F - 2, 1, 1, c->dim);
    net->video_motion_crn = aq_declare_crn(d, "video.motion", c->clips, 1, 0, c->dim);
    if (c->sound)
        net->video_sound =
            aq_declare_crn(d, "video.sound", c->clips - 2, !whole, 0, c->dim);
    net->video_question =
        aq_declare_crn(d, "video.question", clips_left(c), !whole, 1, c->dim);
    if (c->qgt != AQ_HCRN_QGT_OFF)
        net->qgt = aq_declare_qgt(d, "qgt", &c->form, c->dim, c->dropout);
}

static void declare_hcrn(void *state, AqDeclare *d, const void *config,
                         const AqAnswerShape *shape)
{
    const int chooses = aq_hcrn_chooses(shape);
    const AqHcrnConfig *c = config;
    AqHcrn *net = state;

    net->config = c;
    net->shape = *shape;
    net->clips = aq_hcrn_clips(c, &shape->sizes);
    check_hcrn_features(net, d);
    if (d->err != AQ_OK)
        return;
    declare_hcrn_inputs(net, d);
    declare_hcrn_relations(net, d);
    net->pool.q = aq_declare(d, "pool", "q.weight", c->dim, c->dim, AQ_INIT_XAVIER, 1);
    net->pool.v = aq_declare(d, "pool", "v.weight", c->dim, c->dim, AQ_INIT_XAVIER, 1);
    net->pool.cat = aq_declare_dense(d, "pool", "cat", 2 * c->dim, c->dim);
    net->pool.attn = aq_declare_dense(d, "pool", "attn", c->dim, 1);
    net->answer_question = aq_declare_dense(d, "answer", "question", c->dim, c->dim);
    if (chooses)
        net->answer_choice = aq_declare_dense(d, "answer", "choice", c->dim, c->dim);
    net->hidden =
        aq_declare_dense(d, "answer", "hidden", (2 + 2 * chooses) * c->dim, c->dim);
    if (c->batch_norm)
        net->norm = aq_declare_batch_norm(d, "answer", "norm", c->dim);
    net->classify = aq_declare_dense(d, "answer", "classify", c->dim, shape->n_answers);
}

static void init_hcrn(void *state)
{
    const AqHcrn *net = state;

    if (net->config->encoder == AQ_HCRN_SHARED)
        aq_question_encoder_init(&net->question);
}

static AqParamRows rows_of_hcrn_param(const char *param)
{
    if (strcmp(param, "question.embedding") == 0)
        return AQ_ROWS_WORDS;
    return strncmp(param, "answer.classify.", 16) == 0 ? AQ_ROWS_ANSWERS
                                                       : AQ_ROWS_ALIKE;
}

const AqAnswerNetwork aq_hcrn = {
    .name = "hcrn",
    .summary = "conditional relations of clips and frames (Le et al., 2020), alone or "
               "with a QGT",
    .config_bytes = sizeof(AqHcrnConfig),
    .options = options,
    .set_defaults = set_hcrn_defaults,
    .check = check_hcrn_config,
    .reads = what_hcrn_reads,
    .lr = 1e-4,
    .state_bytes = sizeof(AqHcrn),
    .declare = declare_hcrn,
    .init = init_hcrn,
    .rows = rows_of_hcrn_param,
    .words = aq_hcrn_words,
    .look = aq_hcrn_look,
    .weigh = aq_hcrn_weigh,
    .answer = aq_hcrn_answer,
    .n_losses = 1,
    .losses = {{"qa", "L_qa"}},
    .loss = aq_head_loss_alone};
