/* SPDX-License-Identifier: MIT */
/* The network's parameters, and its row of the table. */
#include "model/coqo/coqo_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_LOG_SCALE 4.6051702 /* log 100, as in CLIP (Radford et al., 2021) */

/* As large as the features there: at a third of that, training takes long to learn to
 * tell left from right. */
#define PLACE_INIT 1.0

/* W_k and b_k of feature k of stream m. */
static void declare_projection(AqCoqo *net, AqDeclare *d, AqModality m, int k)
{
    const int dim = net->shape.sizes.of[m][k].dim;
    char name[AQ_FEATURE_NAME];

    if (dim > 0)
        net->in[m][k] =
            aq_declare_dense(d, aq_modality_name(m), aq_feature_name("in", k, name),
                             dim, net->config->dim);
}

/* W_x,k of feature k of the picture. */
static void declare_change(AqCoqo *net, AqDeclare *d, int k)
{
    const int dim = net->shape.sizes.of[AQ_VISUAL][k].dim;
    char name[AQ_FEATURE_NAME], full[AQ_FEATURE_NAME + 8];

    (void)snprintf(full, sizeof full, "%s.weight", aq_feature_name("change", k, name));
    if (dim > 0)
        net->change[k] = aq_declare(d, "visual", full, net->config->dim, dim,
                                    AQ_INIT_XAVIER, AQ_FUSION_INIT);
}

static void declare_inputs(AqCoqo *net, AqDeclare *d)
{
    const AqCoqoConfig *c = net->config;
    const AqFeatureSizes *s = &net->shape.sizes;

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        for (int k = 0; k < s->n[m]; k++)
            declare_projection(net, d, (AqModality)m, k);
        net->time[m] = aq_declare(d, aq_modality_name((AqModality)m), "time",
                                  c->max_seconds, c->dim, AQ_INIT_NORMAL, PLACE_INIT);
    }
    net->cell = aq_declare(d, "visual", "cell", aq_coqo_cells(net), c->dim,
                           AQ_INIT_NORMAL, PLACE_INIT);
    for (int k = 0; c->changes && k < s->n[AQ_VISUAL]; k++)
        declare_change(net, d, k);
}

static void declare_streams(AqCoqo *net, AqDeclare *d)
{
    const AqCoqoConfig *c = net->config;

    declare_inputs(net, d);
    if (aq_coqo_means(c))
        net->mean_audio = aq_declare_dense(d, "audio", "mean", c->dim, c->dim);
    if (aq_coqo_hops(c)) {
        net->cell_in = aq_declare_dense(d, "visual", "cells", c->dim, AQ_CELL);
        net->cell_place = aq_declare(d, "visual", "places", aq_coqo_cells(net), AQ_CELL,
                                     AQ_INIT_NORMAL, 0.5);
    }
    if (c->spatial)
        net->spatial =
            aq_declare_qgt(d, "visual.spatial", &c->form, c->dim, c->dropout);
    if (c->own_pool)
        net->pool = aq_declare_dense(d, "visual", "pool", c->dim, c->dim);
    else
        net->pool_query =
            aq_declare(d, "visual", "pool_query", 1, c->dim, AQ_INIT_NORMAL, 0.5);
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        char full[64];

        (void)snprintf(full, sizeof full, "%s.temporal",
                       aq_modality_name((AqModality)m));
        if (c->temporal)
            net->temporal[m] = aq_declare_qgt(d, full, &c->form, c->dim, c->dropout);
        (void)snprintf(full, sizeof full, "%s.decoder",
                       aq_modality_name((AqModality)m));
        net->decoder[m] = aq_declare_decoder(d, full, c);
    }
    if (aq_coqo_listens(c))
        net->listen = aq_declare_decoder(d, "audio.subject", c);
    net->match_in = aq_declare_dense(d, "match", "in", 2 * c->dim, c->dim);
    net->match_out = aq_declare_dense(d, "match", "out", c->dim, 1);
    for (int m = 0; m < AQ_N_MODALITIES && c->align_heads; m++)
        net->align[m] = aq_declare_dense(d, "align", aq_modality_name((AqModality)m),
                                         c->dim, c->dim);
    if (c->learn_tau)
        net->log_scale =
            aq_declare(d, "align", "log_scale", 0, 1, AQ_INIT_CONST, -log(c->tau));
}

static void declare_coqo(void *state, AqDeclare *d, const void *config,
                         const AqAnswerShape *shape)
{
    AqCoqo *net = state;
    const AqCoqoConfig *c = config;
    const AqQuestionForm form = aq_coqo_question_form(c);
    const AqQuestionSource source = aq_answer_question_source(shape);

    net->config = c;
    net->shape = *shape;
    net->question = aq_declare_question_encoder(d, &source, &form);
    if (!c->question_only)
        declare_streams(net, d);
    aq_declare_fusion(net, d);
}

static void init_coqo(void *state)
{
    aq_question_encoder_init(&((AqCoqo *)state)->question);
}

/* Clamps the contrastive temperature to 0.01 .. 100. */
static void clamp_temperature(void *state)
{
    const AqCoqo *net = state;
    const AqReal most = AQ_R(MOST_LOG_SCALE);

    if (!net->log_scale)
        return;
    AqReal *x = net->log_scale->data;
    *x = *x > most ? most : *x < -most ? -most : *x;
}

static AqParamRows rows_of_coqo_param(const char *param)
{
    if (strcmp(param, "question.embedding") == 0)
        return AQ_ROWS_WORDS;
    return strncmp(param, "fusion.answer.", 14) == 0 ||
                   strncmp(param, "fusion.answer_found.", 20) == 0
               ? AQ_ROWS_ANSWERS
               : AQ_ROWS_ALIKE;
}

static void set_coqo_defaults(void *config)
{
    *(AqCoqoConfig *)config = aq_coqo_config_default();
}

static void set_coqo_before(void *config)
{
    aq_coqo_config_before(config);
}

static AqErr check_coqo_config(const void *config)
{
    const AqCoqoConfig *c = config;

    return aq_qgt_check(&c->form, c->dim);
}

static AqAnswerReads what_coqo_reads(const void *config, const AqAnswerShape *shape)
{
    const AqCoqoConfig *c = config;
    const AqQuestionForm form = aq_coqo_question_form(c);
    const int cells = aq_coqo_hops(c)
                          ? aq_feature_total(&shape->sizes, AQ_VISUAL).cells * AQ_CELL
                          : 0;

    return (AqAnswerReads){
        .max_seconds = c->max_seconds,
        .max_words = c->max_words,
        .min_count = c->min_count,
        .width = c->dim,
        .words_width = aq_question_width(&form),
        .look_width = {c->dim, c->dim + cells},
        .weigh_width = {c->dim * (1 + aq_coqo_means(c) + aq_coqo_listens(c)),
                        c->dim + cells},
        .changes = c->changes && !c->question_only,
        .streams = {!c->question_only, !c->question_only}};
}

const AqAnswerNetwork aq_coqo = {
    .name = "coqo",
    .summary = "collective question reasoning (Pei et al., 2025)",
    .config_bytes = sizeof(AqCoqoConfig),
    .options = aq_coqo_options,
    .set_defaults = set_coqo_defaults,
    .set_before = set_coqo_before,
    .check = check_coqo_config,
    .reads = what_coqo_reads,
    .lr = 1e-4,
    .state_bytes = sizeof(AqCoqo),
    .declare = declare_coqo,
    .init = init_coqo,
    .settle = clamp_temperature,
    .rows = rows_of_coqo_param,
    .words = aq_coqo_words,
    .look = aq_coqo_look,
    .weigh = aq_coqo_weigh,
    .answer = aq_coqo_answer,
    .shows = {.seconds = "the decoder's attention to each second",
              .grid = "the attention to the cells of each second when they are pooled"},
    .n_losses = AQ_COQO_LOSSES,
    .losses = {[AQ_COQO_QA] = {"qa", "L_qa"},
               [AQ_COQO_AVM] = {"avm", "L_AVM"},
               [AQ_COQO_AVC] = {"avc", "L_AVC"},
               [AQ_COQO_INTRA] = {"intra", "L_intra"}},
    .n_weights = AQ_COQO_WEIGHTS,
    .weights = {[AQ_COQO_INTER_WEIGHT] = {"inter-weight", 0.03,
                                          "weight of L_inter = L_AVM + L_AVC"},
                [AQ_COQO_INTRA_WEIGHT] = {"intra-weight", 0.03, "weight of L_intra"}},
    .loss = aq_coqo_loss};
