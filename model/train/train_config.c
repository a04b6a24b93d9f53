/* SPDX-License-Identifier: MIT */
/* The options of the training, and their defaults. */
#include "model/train/trainer.h"

AqTrainConfig aq_train_config_default(void)
{
    return (AqTrainConfig){.epochs = 30,
                           .max_minutes = 0,
                           .batch = 16,
                           .questions = 4,
                           .vary_questions = 1,
                           .passes = 1,
                           .lr = 1e-4,
                           .warmup = 20,
                           .decay_every = 10,
                           .decay = 0.1,
                           .cosine = 0,
                           .adam_beta1 = 0.9,
                           .adam_beta2 = 0.999,
                           .weight_decay = 0,
                           .clip = 1.0,
                           .inter_weight = 0.5,
                           .intra_weight = 0.5,
                           .word_dropout = 0.05,
                           .average = 0,
                           .patience = 0,
                           .cache_mb = 1024,
                           .seed = 1};
}

#define AT(field) offsetof(AqTrainConfig, field)

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
    {"inter_weight", AQ_CONFIG_REAL, AT(inter_weight), 0, 100,
     "weight of L_inter = L_AVM + L_AVC"},
    {"intra_weight", AQ_CONFIG_REAL, AT(intra_weight), 0, 100, "weight of L_intra"},
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

const AqConfigTable *aq_train_options(void)
{
    static const AqConfigTable table = {"training", options,
                                        sizeof options / sizeof *options};

    return &table;
}

AqErr aq_train_config_set(AqTrainConfig *c, const char *name, const char *value)
{
    return aq_config_set(aq_train_options(), c, name, value);
}
