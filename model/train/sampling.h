/*
 * Which of a video's questions a step asks. Evenly: in shuffled order, each once before
 * any comes again. Otherwise a share of them evenly, and the rest by how hard they are,
 * so that what is not learned yet is asked more often, and again once it is forgotten.
 *
 * How hard a unit u is, a kind of question (its template) or a single question, is a
 * ratio of two losses in nats:
 *
 *     h_u = m_u / p_u                    weight of a draw = min(1, max(0.1, h_u))
 *
 * m_u is its running mean loss -log p(right answer), and p_u is what the loss would be
 * if all that is known were how often each answer occurs in the template, which takes
 * no video to learn: for a kind the entropy of its answers, for a question -log of its
 * answer's share; not below 0.1. So a kind with many answers is not hard for having
 * many, a question not for a rare answer. m_u begins as p_u, and all are alike.
 *
 * The weight ends at 1 because a loss over p_u tells nothing more about what there is
 * to learn: that is where wrong labels that contradict what was learned end up (they
 * may cost any number of nats), and kinds that no network can answer stay at 1. Neither
 * can take more than 10 times what learned ones get, and only of the uneven share.
 */
#ifndef AQ_MODEL_TRAIN_SAMPLING_H
#define AQ_MODEL_TRAIN_SAMPLING_H
#include "model/train/train_data.h"

typedef enum AqSampleBy {
    AQ_SAMPLE_EVEN, /* all alike */
    AQ_SAMPLE_KIND, /* by the mean loss of a question's template */
    AQ_SAMPLE_LOSS  /* by a question's own loss when it was last asked */
} AqSampleBy;

typedef struct AqSampling {
    AqSampleBy by;
    double even_share;
    size_t n_questions, n; /* n units; 0 if all are alike, and the rest is NULL */
    int *unit;             /* (n_questions) the unit of each */
    double *usual;         /* (n) p */
    double *mean;          /* (n) m: with the seed, all that draws depend on */
} AqSampling;

/* Nothing learned yet. A question without a template is a kind by its text. */
AQ_MUST_CHECK AqErr aq_sampling_open(AqSampling *s, const AqTrainData *d, AqSampleBy by,
                                     double even_share);
void aq_sampling_close(AqSampling *s);

/* min(1, max(0.1, h)) of a question. */
double aq_sampling_weight(const AqSampling *s, size_t question);

/* Draws up to n different questions of a video into out[0..n); returns how many. If all
 * are alike this is aq_train_data_draw(), with the same random numbers. Otherwise each
 * of them is one of that draw's with probability even_share, and the others are drawn
 * one by one by weight from those not yet taken; there are fewer than n only if the
 * video has fewer. */
int aq_sampling_draw(const AqSampling *s, AqTrainData *d, AqTrainVideo *v, AqRng *rng,
                     int n, size_t *out);

/* Tells the loss that a question had (-log p, finite). In the same order everywhere:
 * sums are rounded. */
void aq_sampling_learn(AqSampling *s, size_t question, double loss);

#endif
