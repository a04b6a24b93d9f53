/* SPDX-License-Identifier: MIT */
/* The options of the network, and their defaults. */
#include "model/coqo/config.h"

#include "base/options/rows.h"

AqCoqoConfig aq_coqo_config_default(void)
{
    return (AqCoqoConfig){.dim = 512,
                          .form = aq_qgt_form_default(),
                          .fusion = 4,
                          .max_seconds = 60,
                          .max_words = 24,
                          .min_count = 1,
                          .dropout = 0.1,
                          .tau = 0.07,
                          .learn_tau = 1,
                          .spatial = 1,
                          .own_pool = 1,
                          .temporal = 1,
                          .keep_seconds = 1,
                          .highlight = AQ_HIGHLIGHT_NORMED,
                          .keep_words = 1,
                          .roles = 4,
                          .own_fusion = 1,
                          .hop = 1,
                          .subject = 1,
                          .changes = 1,
                          .align_heads = 1,
                          .question_only = 0};
}

void aq_coqo_config_before(AqCoqoConfig *c)
{
    c->highlight = AQ_HIGHLIGHT_RAW;
    c->keep_seconds = c->keep_words = c->roles = c->own_fusion = c->hop = 0;
    c->subject = c->changes = c->align_heads = 0;
}

static const char *const highlights[] = {"off", "raw", "normed", NULL};

const AqOption aq_coqo_options[] = {
    AQ_ROW_INT("dim", AqCoqoConfig, dim, 1, 4096, "model width d", NULL),
    AQ_ROWS_AT(aq_qgt_sizes, offsetof(AqCoqoConfig, form)),
    AQ_ROW_INT("fusion", AqCoqoConfig, fusion, 1, 16,
               "width of the layer that mixes streams and question, in d", NULL),
    AQ_ROW_INT("max-seconds", AqCoqoConfig, max_seconds, 1, 3600, "seconds looked at",
               NULL),
    AQ_ROW_INT("max-words", AqCoqoConfig, max_words, 1, 256, "words read of a question",
               NULL),
    AQ_ROW_INT("min-count", AqCoqoConfig, min_count, 1, 1000000,
               "times a word must occur to be known", NULL),
    AQ_ROW_REAL("dropout", AqCoqoConfig, dropout, 0, 0.9, "dropout", NULL),
    AQ_ROWS_AT(aq_qgt_lambda, offsetof(AqCoqoConfig, form)),
    AQ_ROW_SWITCH("own-asking", AqCoqoConfig, own_asking,
                  "what is pooled for a question asks it and the tokens alone"),
    AQ_ROW_REAL("tau", AqCoqoConfig, tau, 0.005, 10,
                "temperature of contrastive losses", NULL),
    AQ_ROW_SWITCH("learn-tau", AqCoqoConfig, learn_tau, "learn tau"),
    AQ_ROW_SWITCH("spatial", AqCoqoConfig, spatial, "spatial QGT"),
    AQ_ROW_SWITCH("own-pool", AqCoqoConfig, own_pool,
                  "each question weighs the cells for itself"),
    AQ_ROW_SWITCH("temporal", AqCoqoConfig, temporal, "temporal QGTs"),
    AQ_ROW_SWITCH("keep-seconds", AqCoqoConfig, keep_seconds,
                  "the decoders read the seconds as they were before a temporal QGT, "
                  "too"),
    AQ_ROW_CHOICE("highlight", AqCoqoConfig, highlight, highlights,
                  "how attention to the seconds changes them", NULL),
    AQ_ROW_SWITCH("keep-words", AqCoqoConfig, keep_words,
                  "sum of all words' states in the question's vector"),
    AQ_ROW_INT("roles", AqCoqoConfig, roles, 0, 64, "signed roles of words", NULL),
    AQ_ROW_SWITCH("own-fusion", AqCoqoConfig, own_fusion,
                  "each stream meets its own part of the question"),
    AQ_ROW_SWITCH("hop", AqCoqoConfig, hop, "second look at what is named first"),
    AQ_ROW_SWITCH("subject", AqCoqoConfig, subject,
                  "words of its own say whose name is listened for"),
    AQ_ROW_SWITCH("changes", AqCoqoConfig, changes,
                  "what changes from picture to picture is seen"),
    AQ_ROW_SWITCH("align-heads", AqCoqoConfig, align_heads,
                  "L_AVC and L_intra see a linear map of each stream"),
    AQ_ROW_SWITCH("question-only", AqCoqoConfig, question_only,
                  "look at neither sound nor picture"),
    {0}};

AqErr aq_coqo_config_set(AqCoqoConfig *c, const char *name, const char *value)
{
    return aq_options_set(aq_coqo_options, "model", c, name, value);
}
