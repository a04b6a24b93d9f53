/*
 * The head: what a network's outputs mean, by the form that answers have (AqTask). A
 * network gives n_answers outputs for each row of a batch; what is learned from them,
 * and which answer they are, is decided here, for all networks alike.
 *
 *   open    a row is a question, with K outputs: a logit for each answer of the
 *           vocabulary. Loss: cross-entropy.
 *   choice  a row is a candidate: the question's words and then a choice's, with one
 *           output, its score. Loss, of each question: sum over the wrong candidates of
 *           max(0, 1 + s_i - s_right). HCRN's code (Le et al., "Hierarchical
 *           Conditional Relation Networks for Video Question Answering", CVPR 2020)
 *           adds 1 for the right one and sums over questions: the same slopes, times
 *           the number of questions.
 *   count   a row is a question, with one output x, the number less `centre`. Loss:
 *           (x + centre - number)^2. The answer is the nearest of AQ_COUNT_LEAST to
 *           AQ_COUNT_MOST, as TGIF-QA's counts are evaluated.
 *
 * Losses are means over questions; those without a known answer are left out.
 *
 * A question's answers are numbered: those of the vocabulary, its choices, the numbers
 * from AQ_COUNT_LEAST on. The logits of these are the outputs, the scores, and of a
 * count -(x + centre - n)^2 / 2 less the largest of these, whose softmax at a
 * temperature T is a normal distribution of variance T over the whole numbers; the
 * likeliest is the nearest.
 */
#ifndef AQ_MODEL_ANSWER_HEAD_H
#define AQ_MODEL_ANSWER_HEAD_H
#include "model/answer/network.h"
#include "model/data/answers.h"

/* Outputs a row of a network with K answers (0 unless answers are open). */
static inline int aq_head_outputs(AqTask task, int n_answers)
{
    return task == AQ_TASK_OPEN ? n_answers : 1;
}

/* The loss of the outputs (B*N,n_answers) of a batch; one value. */
AqTensor *aq_head_loss(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                       AqTensor *outputs);

/* The `loss` of a network that has no other, L_qa. */
void aq_head_loss_alone(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                        const AqAnswerOutput *y, const AqReal *weights,
                        AqAnswerLosses *out);

/* How many rows the question has whose first row is `row`: its candidates, or 1; 0 if
 * the slot is empty. */
int aq_head_rows(const AqBatch *batch, int row);

/* How many answers a question of n_rows rows can have. */
int aq_head_answers(const AqAnswerShape *shape, int n_rows);

/* The logits of its answers (aq_head_answers) from the outputs of its rows. */
void aq_head_logits(const AqAnswerShape *shape, const AqReal *outputs, int n_rows,
                    float *logits);

/* Its right answer's number; -1: unknown. */
int aq_head_truth(const AqAnswerShape *shape, const AqBatch *batch, int row);

#endif
