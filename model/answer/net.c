/* SPDX-License-Identifier: MIT */
/* A network of the table as an object: creation, initialisation, loading, running. */
#include "model/answer/network.h"

#include "base/alloc.h"

#include <string.h>

static AqErr build_net(AqAnswerNet *net, const void *config)
{
    const AqAnswerNetwork *n = net->network;

    net->config = aq_alloc(n->config_bytes, 1);
    net->state = aq_alloc(n->state_bytes, 1);
    if (!net->config || !net->state)
        return AQ_ERR_NOMEM;
    memcpy(net->config, config, n->config_bytes);
    net->reads = n->reads(net->config, &net->shape);
    const AqErr err = aq_params_new(&net->params);
    if (err != AQ_OK)
        return err;
    AqDeclare d = {net->params, AQ_OK};
    n->declare(net->state, &d, net->config, &net->shape);
    return d.err;
}

AqErr aq_answer_net_new(AqAnswerNet **out, const AqAnswerNetwork *network,
                        const void *config, const AqAnswerShape *shape)
{
    AqErr err = network->check ? network->check(config) : AQ_OK;

    *out = NULL;
    if (err != AQ_OK)
        return err;
    AqAnswerNet *net = aq_alloc(1, sizeof *net);
    if (!net)
        return AQ_ERR_NOMEM;
    net->network = network;
    net->shape = *shape;
    if ((err = build_net(net, config)) != AQ_OK)
        aq_answer_net_free(&net);
    *out = net;
    return err;
}

void aq_answer_net_free(AqAnswerNet **net)
{
    if (!*net)
        return;
    aq_params_free(&(*net)->params);
    aq_free((*net)->config);
    aq_free((*net)->state);
    aq_free(*net);
    *net = NULL;
}

AqErr aq_answer_net_init(AqAnswerNet *net, uint64_t seed)
{
    const AqErr err = aq_params_init(net->params, seed);

    if (err == AQ_OK && net->network->init)
        net->network->init(net->state);
    return err;
}

AqErr aq_answer_net_load(AqAnswerNet *net, AqWeights *w)
{
    return aq_params_load(net->params, w, NULL, NULL);
}

void aq_answer_net_settle(AqAnswerNet *net)
{
    if (net->network->settle)
        net->network->settle(net->state);
}

void aq_answer_forward(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                       AqAnswerOutput *out)
{
    const AqAnswerNetwork *n = net->network;

    *out = (AqAnswerOutput){.n_pools = 1};
    AqTensor *q = n->words(nn, net, batch), *c[AQ_N_MODALITIES];
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        AqTensor *x = n->look(nn, net, batch, (AqModality)m, q, out);

        c[m] = n->weigh(nn, net, batch, (AqModality)m, x, q, out);
        out->c[m] = net->reads.weigh_width[m] > net->reads.width
                        ? aq_slice(nn, c[m], 1, 0, net->reads.width)
                        : c[m];
    }
    out->logits = n->answer(nn, net, batch, c[AQ_AUDIO], c[AQ_VISUAL], q);
}

void aq_answer_loss(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                    const AqAnswerOutput *y, const AqReal *weights, AqAnswerLosses *out)
{
    *out = (AqAnswerLosses){0};
    net->network->loss(nn, net, batch, y, weights, out);
}
