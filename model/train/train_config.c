/* SPDX-License-Identifier: MIT */
/* The options of the training, and their defaults. */
#include "model/train/trainer.h"

#include "base/options/rows.h"
#include "model/train/sampling.h"

#include <string.h>

AqTrainConfig aq_train_config_default(const AqAnswerNetwork *network)
{
    AqTrainConfig c = {.epochs = 30,
                       .max_minutes = 0,
                       .batch = 16,
                       .questions = 4,
                       .vary_questions = 0,
                       .vary_seen = 1,
                       .sample = AQ_SAMPLE_EVEN,
                       .sample_mix = 0.5,
                       .negatives = AQ_NEGATIVES_RANDOM,
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

/* In the order of AqSampleBy. */
static const char *const samples[] = {"even", "kind", "loss", NULL};

/* In the order of AqNegatives. */
static const char *const negatives[] = {"random", "hard", NULL};

/* The network's weights of the loss stand between these. */
static const AqOption first_options[] = {
    AQ_ROW_INT("epochs", AqTrainConfig, epochs, 1, 1000000, "epochs", NULL),
    AQ_ROW_REAL("max-minutes", AqTrainConfig, max_minutes, 0, 1e6,
                "minutes to end after, 0 for no limit", NULL),
    AQ_ROW_INT("batch", AqTrainConfig, batch, 1, 4096, "videos a step", NULL),
    AQ_ROW_INT("questions", AqTrainConfig, questions, 1, 64,
               "most questions a video and step", NULL),
    AQ_ROW_SWITCH("vary-questions", AqTrainConfig, vary_questions,
                  "draw the number of questions from 1 to --questions each step"),
    AQ_ROW_SWITCH("vary-seen", AqTrainConfig, vary_seen,
                  "only a random number of a video's questions, from 1 on, is reasoned "
                  "about together; all are answered"),
    AQ_ROW_CHOICE(
        "sample", AqTrainConfig, sample, samples,
        "which questions are asked: all alike, or more of the kinds (kind) or "
        "of the questions (loss) that are not learned yet",
        NULL),
    AQ_ROW_REAL("sample-mix", AqTrainConfig, sample_mix, 0, 1,
                "share of the questions that --sample kind and loss draw evenly", NULL),
    AQ_ROW_CHOICE("negatives", AqTrainConfig, negatives, negatives,
                  "which videos share a step, each other's negatives in L_AVM and "
                  "L_AVC: any (random), or those that resemble each other (hard)",
                  NULL),
    AQ_ROW_INT("passes", AqTrainConfig, passes, 1, 1000,
               "times an epoch goes over the videos", NULL),
    AQ_ROW_REAL("lr", AqTrainConfig, lr, 0, 10, "learning rate", NULL),
    AQ_ROW_INT("warmup", AqTrainConfig, warmup, 0, 1000000,
               "steps of rising learning rate", NULL),
    AQ_ROW_INT("decay-every", AqTrainConfig, decay_every, 0, 1000000,
               "epochs between decays of the learning rate, 0 for none", NULL),
    AQ_ROW_REAL("decay", AqTrainConfig, decay, 0, 1, "factor of a decay", NULL),
    AQ_ROW_SWITCH("cosine", AqTrainConfig, cosine,
                  "half a cosine to 0 instead of steps"),
    AQ_ROW_REAL("adam-beta1", AqTrainConfig, adam_beta1, 0, 0.9999, "Adam's beta1",
                NULL),
    AQ_ROW_REAL("adam-beta2", AqTrainConfig, adam_beta2, 0, 0.999999, "Adam's beta2",
                NULL),
    AQ_ROW_REAL("weight-decay", AqTrainConfig, weight_decay, 0, 10,
                "decoupled weight decay (AdamW)", NULL),
    AQ_ROW_REAL("clip", AqTrainConfig, clip, 0, 1e9,
                "largest norm of the gradient, 0 for any", NULL),
    {0}};
static const AqOption last_options[] = {
    AQ_ROW_REAL("word-dropout", AqTrainConfig, word_dropout, 0, 0.9,
                "share of words read as unknown", NULL),
    AQ_ROW_REAL("average", AqTrainConfig, average, 0, 0.99999,
                "decay of a running mean of the weights, 0 for none", NULL),
    AQ_ROW_INT("patience", AqTrainConfig, patience, 0, 1000000,
               "epochs without a better validation to stop after, 0 for never", NULL),
    AQ_ROW_INT("cache-mb", AqTrainConfig, cache_mb, 0, 1 << 24,
               "features kept in memory, MiB", NULL),
    AQ_ROW_SWITCH("half", AqTrainConfig, half, "model file in half precision"),
    AQ_ROW("seed", AQ_OPTION_SEED, AqTrainConfig, seed, "seed of everything random",
           NULL, .arg = NULL),
    {0}};

void aq_train_options(AqTrainOptions *out, const AqAnswerNetwork *network)
{
    const AqOption first = AQ_ROWS(first_options), last = AQ_ROWS(last_options);
    int at = 0;

    memset(out, 0, sizeof *out);
    out->rows[at++] = first;
    for (int k = 0; k < network->n_weights; k++)
        out->rows[at++] = (AqOption){.name = network->weights[k].name,
                                     .type = AQ_OPTION_REAL,
                                     .at = offsetof(AqTrainConfig, loss_weight) +
                                           (size_t)k * sizeof(double),
                                     .least = 0,
                                     .most = 100,
                                     .help = network->weights[k].help};
    out->rows[at] = last;
}

AqErr aq_train_config_set(AqTrainConfig *c, const AqAnswerNetwork *network,
                          const char *name, const char *value)
{
    AqTrainOptions o;

    aq_train_options(&o, network);
    return aq_options_set(o.rows, "training", c, name, value);
}
