/*
 * Question encoders: from a question's words to its vectors, which every network that
 * uses them reads alike. A row of a table says how words are read:
 *
 *   lstm       x_t = tanh(embedding of word t), h_t the state of an LSTM after it, and
 *              l = h_L. Words are those of the training questions (vocab.h).
 *   clip_text  rows of CLIP's text tower, which is frozen (text_bank.h), for the tokens
 *              t of a question: h_t = tanh(A LN(row_t)), x_t = tanh(B LN(token's own
 *              embedding)), which does not know the question, and l = tanh(C LN(pooled)
 *              + c). A, B, C and the norms are learned.
 *
 * Padding does not change them, so a question's vectors do not depend on the length of
 * the others in its batch. With a gate g_t = w h_t + b that finds the words that name
 * things, t = 1..L:
 *
 *     q = W l + b                                   the question as a whole
 *         + W' (sum_t h_t) / sqrt(L)                keep_words: each word's own state
 *     o = sum_t sigmoid(g_t) x_t                    named: the things named, as words
 *     z = W_z [sum_t sigmoid(g_t) r_t,k x_t]_k      roles: the same, signed by the role
 *             / sqrt(L)                             that each has in the question,
 *         r_t = tanh(u_t - sum_s softmax_s(g_s) u_s),  u_t = W_r h_t (roles)
 *     s = W_s (sum_t sigmoid(w_s x_t + b_s) x_t) / sqrt(L) + b   sought: what is asked
 *                                                   for, from single words
 *
 * q alone holds little of a word in the middle of a question. z tells "X than Y" from
 * "Y than X": signs are relative to the mean of what is named, so that two names have
 * opposite ones from the start, and one name has none. o stays in the space of word
 * embeddings, where an answer's words are too. s does not know in what kind of question
 * its words are: "first" is the same in "which sounds first?" and in "where is the
 * first?". (All but the first term are this project's.)
 *
 * A network that is linear in its inputs has no states; it takes a linear map of what
 * is fixed about a question, its words or what the tower pools of it:
 *
 *   lstm       sum_t P[word t], P (words,K)
 *   clip_text  Q LN(pooled) / sqrt(E) + b, Q (K,E)
 */
#ifndef AQ_MODEL_QUESTION_ENCODER_H
#define AQ_MODEL_QUESTION_ENCODER_H
#include "model/nn/recurrent.h"
#include "model/question/clip/text_rows.h"

typedef struct AqQuestionForm {
    int dim;        /* d */
    int keep_words; /* 1: q has the sum over the words */
    int roles;      /* 0: no z */
    int named;      /* 1: with o; needed for roles */
    int sought;     /* 1: with s; needs named */
} AqQuestionForm;

typedef struct AqQuestionReading AqQuestionReading;

/* What there is to read. */
typedef struct AqQuestionSource {
    const AqQuestionReading *by; /* NULL: the first of the table, lstm */
    int n_words;                 /* of the vocabulary */
    AqTextShape text;            /* of a tower's rows; 0 without one */
} AqQuestionSource;

typedef struct AqQuestionEncoder {
    const AqQuestionReading *by;
    AqTensor *embedding;             /* lstm: (words,d) */
    AqLstm lstm;                     /* lstm: W_ih, W_hh (4d,d) with their biases */
    AqNorm norm_x, norm_h, norm_all; /* clip_text: of rows, before B, A and C */
    AqTensor *from_x, *from_h;       /* clip_text: B, A (d,W) */
    AqDense from_all;                /* clip_text: C (d,E) */
    AqDense out;                     /* (d,d) */
    AqTensor *sum;                   /* W' (d,d) or NULL */
    AqTensor *role;                  /* W_r (roles,d) or NULL */
    AqTensor *mix_roles;             /* W_z (d,roles*d) or NULL */
    AqDense gate;                    /* (1,d) */
    AqDense gate_sought, sought;     /* w_s (1,d), W_s (d,d) */
    AqQuestionForm form;
} AqQuestionEncoder;

typedef struct AqQuestionMap {
    const AqQuestionReading *by;
    AqTensor *of_words;  /* lstm: P */
    AqNorm norm;         /* clip_text */
    AqDense from_pooled; /* clip_text: Q, b */
    int n;               /* K */
} AqQuestionMap;

/* Questions of a batch: ids (n,most) in rows, lengths (n), of which 0 gives the result
 * of a question without words, and must be masked. rows: what ids count in, of a tower;
 * else NULL. */
typedef struct AqQuestionInput {
    const int *ids, *lengths;
    int n, most;
    const AqTextRows *rows;
} AqQuestionInput;

/* What a row of the table gives: x, h (most,n,d), time outermost, l (n,d), and how many
 * words a question has. */
typedef struct AqQuestionStates {
    AqTensor *x, *h, *all;
    const int *lengths; /* (n) */
} AqQuestionStates;

struct AqQuestionReading {
    const char *name;    /* for --question */
    const char *summary; /* half a line for people */
    int reads_rows;      /* 1: rows of a text tower, not words of the vocabulary */
    void (*declare)(AqQuestionEncoder *p, AqDeclare *d, const AqQuestionSource *from);
    void (*init)(const AqQuestionEncoder *p); /* after values were drawn; or NULL */
    AqQuestionStates (*read)(AqNn *nn, const AqQuestionEncoder *p,
                             const AqQuestionInput *in, AqReal dropout);
    /* x_t for the words `names` (n) by themselves, of a vocabulary, or for rows (n,W)
     * of a tower; 0 for names of -1: (n,d). */
    AqTensor *(*names)(AqNn *nn, const AqQuestionEncoder *p, const int *names,
                       const float *rows, int n);
    /* The linear map to p->n values, which begins as 0. */
    void (*declare_map)(AqQuestionMap *p, AqDeclare *d, const AqQuestionSource *from);
    AqTensor *(*map)(AqNn *nn, const AqQuestionMap *p, const AqQuestionInput *in);
};

extern const AqQuestionReading aq_question_lstm, aq_question_clip_text;

/* The table; NULL past the last. AQ_ERR_USAGE, with a list, for a name that is not in
 * it. */
const AqQuestionReading *aq_question_reading(size_t k);
AQ_MUST_CHECK AqErr aq_question_reading_find(const AqQuestionReading **out,
                                             const char *name);

AqQuestionEncoder aq_declare_question_encoder(AqDeclare *d,
                                              const AqQuestionSource *from,
                                              const AqQuestionForm *form);

/* Values of a question's row, [q ; z ; o ; s]: d for each that there is. */
int aq_question_width(const AqQuestionForm *form);

/* Call after aq_params_init(). */
void aq_question_encoder_init(const AqQuestionEncoder *p);

/* -> [q ; z ; o ; s] (n,aq_question_width) */
AqTensor *aq_question_encoder(AqNn *nn, const AqQuestionEncoder *p,
                              const AqQuestionInput *in, AqReal dropout);

/* The linear map to K values; -> (n,K) */
AqQuestionMap aq_declare_question_map(AqDeclare *d, const AqQuestionSource *from,
                                      int K);
AqTensor *aq_question_map(AqNn *nn, const AqQuestionMap *p, const AqQuestionInput *in);

#endif
