/* SPDX-License-Identifier: MIT */
/* The options of the network, and their defaults. */
#include "model/coqo/config.h"

AqCoqoConfig aq_coqo_config_default(void)
{
    return (AqCoqoConfig){.dim = 512,
                          .heads = 4,
                          .layers = 1,
                          .tokens = 8,
                          .ffn = 4,
                          .fusion = 1,
                          .max_seconds = 60,
                          .max_words = 24,
                          .min_count = 1,
                          .dropout = 0.1,
                          .lambda = 1.0,
                          .learn_lambda = 1,
                          .tau = 0.07,
                          .learn_tau = 1,
                          .spatial = 1,
                          .own_pool = 1,
                          .temporal = 1,
                          .question_only = 0};
}

#define AT(field) offsetof(AqCoqoConfig, field)

static const AqConfigOption options[] = {
    {"dim", AQ_CONFIG_INT, AT(dim), 1, 4096, "model width d"},
    {"heads", AQ_CONFIG_INT, AT(heads), 1, 64, "attention heads"},
    {"layers", AQ_CONFIG_INT, AT(layers), 1, 16, "layers of each QGT"},
    {"tokens", AQ_CONFIG_INT, AT(tokens), 0, 256, "learnable tokens of each QGT"},
    {"ffn", AQ_CONFIG_INT, AT(ffn), 1, 16, "width of feed-forward blocks, in d"},
    {"fusion", AQ_CONFIG_INT, AT(fusion), 1, 16,
     "width of the layer that mixes streams and question, in d"},
    {"max_seconds", AQ_CONFIG_INT, AT(max_seconds), 1, 3600, "seconds looked at"},
    {"max_words", AQ_CONFIG_INT, AT(max_words), 1, 256, "words read of a question"},
    {"min_count", AQ_CONFIG_INT, AT(min_count), 1, 1000000,
     "times a word must occur to be known"},
    {"dropout", AQ_CONFIG_REAL, AT(dropout), 0, 0.9, "dropout"},
    {"lambda", AQ_CONFIG_REAL, AT(lambda), -10, 10, "weight of the questions in a QGT"},
    {"learn_lambda", AQ_CONFIG_FLAG, AT(learn_lambda), 0, 1, "learn lambda"},
    {"tau", AQ_CONFIG_REAL, AT(tau), 0.005, 10, "temperature of contrastive losses"},
    {"learn_tau", AQ_CONFIG_FLAG, AT(learn_tau), 0, 1, "learn tau"},
    {"spatial", AQ_CONFIG_FLAG, AT(spatial), 0, 1, "spatial QGT"},
    {"own_pool", AQ_CONFIG_FLAG, AT(own_pool), 0, 1,
     "each question weighs the cells for itself"},
    {"temporal", AQ_CONFIG_FLAG, AT(temporal), 0, 1, "temporal QGTs"},
    {"question_only", AQ_CONFIG_FLAG, AT(question_only), 0, 1,
     "look at neither sound nor picture"},
};

const AqConfigTable aq_coqo_options = {"model", options,
                                       sizeof options / sizeof *options};

AqErr aq_coqo_config_set(AqCoqoConfig *c, const char *name, const char *value)
{
    return aq_config_set(&aq_coqo_options, c, name, value);
}
