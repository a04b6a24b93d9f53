/* SPDX-License-Identifier: MIT */
/* The options of the training, and their defaults. */
#include "model/train/trainer.h"

#include <string.h>

AqTrainConfig aq_train_config_default(const AqAnswerNetwork *network)
{
    AqTrainConfig c = {.epochs = 30,
                       .max_minutes = 0,
                       .batch = 16,
                       .questions = 4,
                       .vary_questions = 1,
                       .passes = 1,
                       .lr = network->lr,
                       .warmup = 20,
                       .decay_every = 10,
                       .decay = 0.1,
                       .cosine = 0,
                       .adam_beta1 = 0.9,
                       .adam_beta2 = 0.999,
                       .weight_decay = 0,
                       .clip = 1.0,
                       .word_dropout = 0.05,
                       .average = 0,
                       .patience = 0,
                       .cache_mb = 1024,
                       .seed = 1};

    for (int k = 0; k < network->n_weights; k++)
        c.loss_weight[k] = network->weights[k].usual;
    return c;
}

#define AT(field) offsetof(AqTrainConfig, field)

/* Behind this one come the network's weights of the loss. */
static const char weights_behind[] = "clip";

static const AqConfigOption options[] = {
    {"epochs", AQ_CONFIG_INT, AT(epochs), 1, 1000000, "epochs"},
    {"max_minutes", AQ_CONFIG_REAL, AT(max_minutes), 0, 1e6,
     "minutes to end after, 0 for no limit"},
    {"batch", AQ_CONFIG_INT, AT(batch), 1, 4096, "videos a step"},
    {"questions", AQ_CONFIG_INT, AT(questions), 1, 64,
     "most questions a video and step"},
    {"vary_questions", AQ_CONFIG_FLAG, AT(vary_questions), 0, 1,
     "draw the number of questions from 1 to --questions each step"},
    {"passes", AQ_CONFIG_INT, AT(passes), 1, 1000,
     "times an epoch goes over the videos"},
    {"lr", AQ_CONFIG_REAL, AT(lr), 0, 10, "learning rate"},
    {"warmup", AQ_CONFIG_INT, AT(warmup), 0, 1000000, "steps of rising learning rate"},
    {"decay_every", AQ_CONFIG_INT, AT(decay_every), 0, 1000000,
     "epochs between decays of the learning rate, 0 for none"},
    {"decay", AQ_CONFIG_REAL, AT(decay), 0, 1, "factor of a decay"},
    {"cosine", AQ_CONFIG_FLAG, AT(cosine), 0, 1, "half a cosine to 0 instead of steps"},
    {"adam_beta1", AQ_CONFIG_REAL, AT(adam_beta1), 0, 0.9999, "Adam's beta1"},
    {"adam_beta2", AQ_CONFIG_REAL, AT(adam_beta2), 0, 0.999999, "Adam's beta2"},
    {"weight_decay", AQ_CONFIG_REAL, AT(weight_decay), 0, 10,
     "decoupled weight decay (AdamW)"},
    {"clip", AQ_CONFIG_REAL, AT(clip), 0, 1e9,
     "largest norm of the gradient, 0 for any"},
    {"word_dropout", AQ_CONFIG_REAL, AT(word_dropout), 0, 0.9,
     "share of words read as unknown"},
    {"average", AQ_CONFIG_REAL, AT(average), 0, 0.99999,
     "decay of a running mean of the weights, 0 for none"},
    {"patience", AQ_CONFIG_INT, AT(patience), 0, 1000000,
     "epochs without a better validation to stop after, 0 for never"},
    {"cache_mb", AQ_CONFIG_INT, AT(cache_mb), 0, 1 << 24,
     "features kept in memory, MiB"},
    {"half", AQ_CONFIG_FLAG, AT(half), 0, 1, "model file in half precision"},
    {"seed", AQ_CONFIG_SEED, AT(seed), 0, 0, "seed of everything random"},
};

static AqConfigOption loss_weight_option(const AqAnswerNetwork *network, int k)
{
    return (AqConfigOption){.name = network->weights[k].name,
                            .type = AQ_CONFIG_REAL,
                            .offset = AT(loss_weight) + (size_t)k * sizeof(double),
                            .least = 0,
                            .most = 100,
                            .help = network->weights[k].help};
}

void aq_train_options(AqTrainOptions *out, const AqAnswerNetwork *network)
{
    const size_t n = sizeof options / sizeof *options;
    size_t at = 0;

    _Static_assert(sizeof options / sizeof *options + AQ_MOST_LOSS_WEIGHTS <=
                       AQ_MOST_TRAIN_OPTIONS,
                   "all options find room");
    for (size_t k = 0; k < n; k++) {
        out->rows[at++] = options[k];
        for (int j = 0; j < network->n_weights; j++)
            if (strcmp(options[k].name, weights_behind) == 0)
                out->rows[at++] = loss_weight_option(network, j);
    }
    out->table = (AqConfigTable){.what = "training", .options = out->rows, .n = at};
}

AqErr aq_train_config_set(AqTrainConfig *c, const AqAnswerNetwork *network,
                          const char *name, const char *value)
{
    AqTrainOptions o;

    aq_train_options(&o, network);
    return aq_config_set(&o.table, c, name, value);
}
