/* The inside of the network: its parameters, and the parts of the row in hcrn.c. */
#ifndef AQ_MODEL_HCRN_HCRN_PRIV_H
#define AQ_MODEL_HCRN_HCRN_PRIV_H
#include "model/answer/parts.h"
#include "model/answer/questions.h"
#include "model/hcrn/crn.h"
#include "model/hcrn/hcrn.h"
#include "model/qgt/qgt.h"

/* How a stream of pictures becomes clips of frames. */
typedef struct AqHcrnClips {
    int rows;  /* of a clip */
    int cells; /* frames in a row */
} AqHcrnClips;

/* HCRN's own question encoder: an LSTM each way over embedded words. */
typedef struct AqHcrnWords {
    AqTensor *embedding; /* (words,word_dim) */
    AqLstm forth, back;  /* to d/2 each */
} AqHcrnWords;

/* Attention pooling; a_i = attn(ELU(cat([V v_i ; Q q * V v_i]))). */
typedef struct AqHcrnPool {
    AqTensor *q, *v; /* (d,d) */
    AqDense cat, attn;
} AqHcrnPool;

typedef struct AqHcrn {
    const AqHcrnConfig *config; /* the net's */
    AqAnswerShape shape;
    AqHcrnClips clips;
    AqHcrnWords words;
    AqQuestionEncoder question; /* with AQ_HCRN_SHARED */
    AqDense frame, motion;      /* of a row's features -> d */
    AqLstm sequence;            /* over the clips' motion */
    AqDense video_motion;       /* of its last state */
    AqDense sound[AQ_MOST_FEATURES];
    AqDense condition; /* of the question */
    AqCrn clip_motion, clip_question, video_motion_crn, video_sound, video_question;
    AqQgt qgt;
    AqHcrnPool pool;
    AqDense answer_question, answer_choice, hidden, classify;
    AqBatchNorm norm;
} AqHcrn;

static inline const AqHcrn *aq_hcrn_of(const AqAnswerNet *net)
{
    return net->state;
}

/* F, the frames of a clip. */
static inline int aq_hcrn_frames(const AqHcrnClips *c)
{
    return c->rows * c->cells;
}

AqHcrnClips aq_hcrn_clips(const AqHcrnConfig *c, const AqFeatureSizes *sizes);

/* A row is a question's candidate: its vector is [q ; a], question and choice. */
static inline int aq_hcrn_chooses(const AqAnswerShape *shape)
{
    return shape->task == AQ_TASK_CHOICE;
}

/* Which of the relation networks draws. */
typedef enum AqHcrnUnit {
    AQ_HCRN_CLIP_MOTION,
    AQ_HCRN_CLIP_QUESTION,
    AQ_HCRN_VIDEO_MOTION,
    AQ_HCRN_VIDEO_SOUND,
    AQ_HCRN_VIDEO_QUESTION
} AqHcrnUnit;

/* A relation network with the subsets of this step, or of the seed: aq_crn(). */
AqTensor *aq_hcrn_relate(AqNn *nn, const AqHcrn *net, AqHcrnUnit unit, const AqCrn *p,
                         AqTensor *x, AqTensor *condition);

/* Part k of the rows' vectors: 0 the questions, 1 the choices; (B*N,d). */
AqTensor *aq_hcrn_vector(AqNn *nn, const AqHcrn *net, AqTensor *words, int k);

/* The transformer on x (B*R,S,d), R rows of S entries of each ask's clip. */
AqTensor *aq_hcrn_ask(AqNn *nn, const AqHcrn *net, const AqBatch *batch, AqTensor *x,
                      int rows, AqTensor *q);

/* The parts of the network, as in model/answer/network.h. (words.c, clips.c, video.c)
 */
void aq_hcrn_declare_words(AqHcrn *net, AqDeclare *d);
AqTensor *aq_hcrn_words(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch);
AqTensor *aq_hcrn_look(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                       AqModality m, AqTensor *q, AqAnswerOutput *out);
AqTensor *aq_hcrn_weigh(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                        AqModality m, AqTensor *x, AqTensor *q, AqAnswerOutput *out);
AqTensor *aq_hcrn_answer(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch,
                         AqTensor *c_a, AqTensor *c_v, AqTensor *q);

#endif
