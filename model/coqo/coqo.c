/* SPDX-License-Identifier: MIT */
/* The network's parameters: declared, drawn, loaded. */
#include "model/coqo/coqo_priv.h"

#include "base/alloc.h"

#include <math.h>
#include <stdio.h>

#define MOST_LOG_SCALE 4.6051702 /* log 100, as in CLIP (Radford et al., 2021) */

/* As large as what is seen or heard there: with a third of it a training takes long to
 * find out that left is not right. */
#define PLACE_INIT 1.0

static void declare_inputs(AqCoqo *net, AqDeclare *d)
{
    const AqCoqoConfig *c = &net->config;
    const AqAnswerShape *s = &net->shape;
    const int width[AQ_N_MODALITIES] = {s->audio_dim, s->visual_dim};

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const char *name = aq_modality_name((AqModality)m);

        if (width[m] > 0)
            net->in[m] = aq_declare_dense(d, name, "in", width[m], c->dim);
        net->time[m] = aq_declare(d, name, "time", c->max_seconds, c->dim,
                                  AQ_INIT_NORMAL, PLACE_INIT);
    }
    net->cell = aq_declare(d, "visual", "cell", s->grid_h * s->grid_w, c->dim,
                           AQ_INIT_NORMAL, PLACE_INIT);
}

static void declare_streams(AqCoqo *net, AqDeclare *d)
{
    const AqCoqoConfig *c = &net->config;

    declare_inputs(net, d);
    if (c->spatial)
        net->spatial = aq_declare_qgt(d, "visual.spatial", c);
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
            net->temporal[m] = aq_declare_qgt(d, full, c);
        (void)snprintf(full, sizeof full, "%s.decoder",
                       aq_modality_name((AqModality)m));
        net->decoder[m] = aq_declare_decoder(d, full, c);
    }
    net->match_in = aq_declare_dense(d, "match", "in", 2 * c->dim, c->dim);
    net->match_out = aq_declare_dense(d, "match", "out", c->dim, 1);
    if (c->learn_tau)
        net->log_scale =
            aq_declare(d, "align", "log_scale", 0, 1, AQ_INIT_CONST, -log(c->tau));
}

static AqErr declare_network(AqCoqo *net)
{
    AqDeclare d = {net->params, AQ_OK};
    const int dim = net->config.dim, wide = dim * net->config.fusion;

    net->question = aq_declare_question_encoder(&d, net->shape.n_words, dim);
    if (!net->config.question_only)
        declare_streams(net, &d);
    net->fuse =
        aq_declare_dense_scaled(&d, "fusion", "av", 2 * dim, dim, AQ_FUSION_INIT);
    net->mix = aq_declare_dense(&d, "fusion", "mix", 2 * dim, wide);
    net->classify =
        aq_declare_dense(&d, "fusion", "answer", wide, net->shape.n_answers);
    return d.err;
}

AqErr aq_coqo_new(AqCoqo **out, const AqCoqoConfig *config, const AqAnswerShape *shape)
{
    AqErr err = aq_coqo_config_check(config);

    *out = NULL;
    if (err != AQ_OK)
        return err;
    AqCoqo *net = aq_alloc(1, sizeof *net);
    if (!net)
        return AQ_ERR_NOMEM;
    net->config = *config;
    net->shape = *shape;
    err = aq_params_new(&net->params);
    if (err == AQ_OK)
        err = declare_network(net);
    if (err != AQ_OK)
        aq_coqo_free(&net);
    *out = net;
    return err;
}

void aq_coqo_free(AqCoqo **net)
{
    if (!*net)
        return;
    aq_params_free(&(*net)->params);
    aq_free(*net);
    *net = NULL;
}

AqErr aq_coqo_init(AqCoqo *net, uint64_t seed)
{
    const AqErr err = aq_params_init(net->params, seed);

    if (err == AQ_OK)
        aq_question_encoder_init(&net->question);
    return err;
}

AqErr aq_coqo_load(AqCoqo *net, AqWeights *w)
{
    return aq_params_load(net->params, w, NULL, NULL);
}

AqParams *aq_coqo_params(const AqCoqo *net)
{
    return net->params;
}

void aq_coqo_clamp(AqCoqo *net)
{
    const AqReal most = AQ_R(MOST_LOG_SCALE);

    if (!net->log_scale)
        return;
    AqReal *x = net->log_scale->data;
    *x = *x > most ? most : *x < -most ? -most : *x;
}
