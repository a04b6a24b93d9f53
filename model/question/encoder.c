/* SPDX-License-Identifier: MIT */
/* What all rows of the table share: q, z, o and s of words and states. Time is the
 * outer dimension of these, so that a step's rows are contiguous. */
#include "model/question/encoder.h"

/* Initial scale of what gives words their signs: at 1 all words would count alike. */
#define ROLE_INIT 3.0

static const AqQuestionReading *reading_of_source(const AqQuestionSource *from)
{
    return from->by ? from->by : aq_question_reading(0);
}

int aq_question_width(const AqQuestionForm *form)
{
    return form->dim * (1 + (form->roles > 0) + form->named + form->sought);
}

AqQuestionEncoder aq_declare_question_encoder(AqDeclare *d,
                                              const AqQuestionSource *from,
                                              const AqQuestionForm *form)
{
    const int dim = form->dim;
    AqQuestionEncoder p = {.by = reading_of_source(from), .form = *form};

    p.by->declare(&p, d, from);
    p.out = aq_declare_dense_scaled(d, "question", "out", dim, dim, AQ_FUSION_INIT);
    if (form->keep_words)
        p.sum = aq_declare(d, "question", "sum.weight", dim, dim, AQ_INIT_XAVIER,
                           AQ_FUSION_INIT);
    if (form->roles > 0) {
        p.role = aq_declare(d, "question", "role.weight", form->roles, dim,
                            AQ_INIT_XAVIER, ROLE_INIT);
        p.mix_roles = aq_declare(d, "question", "mix_roles.weight", dim,
                                 form->roles * dim, AQ_INIT_XAVIER, AQ_FUSION_INIT);
    }
    if (form->named)
        p.gate = aq_declare_dense_scaled(d, "question", "gate", dim, 1, ROLE_INIT);
    if (form->sought) {
        p.gate_sought =
            aq_declare_dense_scaled(d, "question", "gate_sought", dim, 1, ROLE_INIT);
        p.sought =
            aq_declare_dense_scaled(d, "question", "sought", dim, dim, AQ_FUSION_INIT);
    }
    return p;
}

void aq_question_encoder_init(const AqQuestionEncoder *p)
{
    if (p->by->init)
        p->by->init(p);
}

/* For each question 1, or 1/sqrt(L) if `root`, for its words and 0 behind them:
 * (n,1,most). */
static AqTensor *word_factors(AqNn *nn, const int *lengths, int n, int most, int root)
{
    AqTensor *y = aq_nn_zeros(nn, AQ_DIMS(n, 1, most));

    for (int k = 0; y && k < n * most; k++) {
        const int length = lengths[k / most];

        if (k % most < length)
            y->data[k] = root ? 1 / aq_sqrt((AqReal)length) : 1;
    }
    return y;
}

/* (most,n,w) -> (n,most,w) */
static AqTensor *words_inside(AqNn *nn, AqTensor *x)
{
    return aq_permute(nn, x, (const int[]){1, 0, 2});
}

/* W' (sum_t h_t) / sqrt(L) */
static AqTensor *sum_states(AqNn *nn, const AqQuestionEncoder *p, AqTensor *states,
                            AqTensor *factors)
{
    if (!states)
        return NULL;
    const int n = states->dims[0];
    AqTensor *sum = aq_matmul(nn, factors, states, 0);

    return aq_linear(nn, aq_reshape(nn, sum, AQ_DIMS(n, p->form.dim)), p->sum, NULL,
                     AQ_ACT_NONE);
}

/* The states' gate, w h_t + b, (n,1,most). */
static AqTensor *gate_words(AqNn *nn, const AqQuestionEncoder *p, AqTensor *states)
{
    AqTensor *g = aq_dense(nn, states, &p->gate, AQ_ACT_NONE); /* (n,most,1) */

    return aq_permute(nn, g, (const int[]){0, 2, 1});
}

/* sigmoid(gate) of the words that are there, (n,1,most) */
static AqTensor *open_gate(AqNn *nn, AqTensor *gate, AqTensor *ones)
{
    return aq_mul(nn, aq_act(nn, gate, AQ_ACT_SIGMOID), ones);
}

/* u_t - sum_s softmax_s(gate) u_s, with u_t = W_r h_t: (n,H,most) */
static AqTensor *centre_signs(AqNn *nn, const AqQuestionEncoder *p, AqTensor *states,
                              AqTensor *gate, AqTensor *ones)
{
    AqTensor *u = aq_linear(nn, states, p->role, NULL, AQ_ACT_NONE); /* (n,most,H) */
    AqTensor *share =
        ones ? aq_softmax(nn, gate, ones->data, aq_tensor_count(ones)) : NULL;
    AqTensor *mean = aq_matmul(nn, share, u, 0); /* (n,1,H) */

    if (!mean)
        return NULL;
    const int n = u->dims[0], most = u->dims[1], H = p->form.roles;
    mean = aq_repeat_each(nn, aq_reshape(nn, mean, AQ_DIMS(n, H)), most);
    u = aq_add(nn, u, aq_reshape(nn, aq_scale(nn, mean, -1), AQ_DIMS(n, most, H)));
    return aq_permute(nn, u, (const int[]){0, 2, 1});
}

/* z = W_z [sum_t sigmoid(gate_t) tanh(u_t - mean u)_k x_t]_k / sqrt(L), (n,d) */
static AqTensor *sign_words(AqNn *nn, const AqQuestionEncoder *p, AqTensor *signs,
                            AqTensor *x, AqTensor *open, AqTensor *factors)
{
    if (!signs || !open || !factors)
        return NULL;
    const int n = signs->dims[0], H = p->form.roles, most = signs->dims[2];
    AqTensor *f = aq_repeat_each(nn, aq_mul(nn, open, factors), H);

    f = aq_mul(nn, aq_act(nn, signs, AQ_ACT_TANH),
               aq_reshape(nn, f, AQ_DIMS(n, H, most)));
    AqTensor *sum = aq_matmul(nn, f, x, 0); /* (n,H,d) */
    return aq_linear(nn, aq_reshape(nn, sum, AQ_DIMS(n, H * p->form.dim)), p->mix_roles,
                     NULL, AQ_ACT_NONE);
}

/* s = W_s (sum_t sigmoid(w_s x_t + b_s) x_t) / sqrt(L) + b, (n,d) */
static AqTensor *seek_words(AqNn *nn, const AqQuestionEncoder *p, AqTensor *x,
                            AqTensor *factors)
{
    AqTensor *g = aq_act(nn, aq_dense(nn, x, &p->gate_sought, AQ_ACT_NONE),
                         AQ_ACT_SIGMOID); /* (n,most,1) */

    g = aq_mul(nn, aq_permute(nn, g, (const int[]){0, 2, 1}), factors);
    AqTensor *sum = aq_matmul(nn, g, x, 0); /* (n,1,d) */
    if (!sum)
        return NULL;
    return aq_dense(nn, aq_reshape(nn, sum, AQ_DIMS(sum->dims[0], p->form.dim)),
                    &p->sought, AQ_ACT_NONE);
}

/* z, o and s of each question, (n,d) each; returns how many there are. */
static int relate_words(AqNn *nn, const AqQuestionEncoder *p, AqTensor *states,
                        AqTensor *x, const int *lengths, AqTensor *factors,
                        AqTensor **out)
{
    if (!states || !x)
        return 0;
    const int n = states->dims[0], most = states->dims[1];
    AqTensor *ones = word_factors(nn, lengths, n, most, 0);
    AqTensor *gate = gate_words(nn, p, states), *open = open_gate(nn, gate, ones);
    int n_out = 0;

    if (p->form.roles > 0)
        out[n_out++] = sign_words(nn, p, centre_signs(nn, p, states, gate, ones), x,
                                  open, factors);
    out[n_out++] = aq_reshape(nn, aq_matmul(nn, open, x, 0), AQ_DIMS(n, p->form.dim));
    if (p->form.sought)
        out[n_out++] = seek_words(nn, p, x, factors);
    return n_out;
}

AqTensor *aq_question_encoder(AqNn *nn, const AqQuestionEncoder *p,
                              const AqQuestionInput *in, AqReal dropout)
{
    const AqQuestionForm *form = &p->form;
    const int dim = form->dim, n = in->n, most = in->most;
    AqQuestionStates s = p->by->read(nn, p, in, dropout);
    AqTensor *out[4];

    if (!s.h || !s.x || !s.all)
        return NULL;
    out[0] = aq_dense(nn, aq_dropout(nn, s.all, dropout), &p->out, AQ_ACT_NONE);
    if (!form->keep_words && !form->named)
        return out[0];
    AqTensor *factors = word_factors(nn, s.lengths, n, most, 1);
    AqTensor *states = words_inside(nn, aq_dropout_inside(nn, s.h, most, dropout));
    if (form->keep_words)
        out[0] = aq_add(nn, out[0], sum_states(nn, p, states, factors));
    if (!form->named)
        return out[0];
    AqTensor *x = words_inside(nn, aq_reshape(nn, s.x, AQ_DIMS(most, n, dim)));
    const int n_more = relate_words(nn, p, states, x, s.lengths, factors, out + 1);
    return aq_concat(nn, out, 1 + n_more, 1);
}

AqQuestionMap aq_declare_question_map(AqDeclare *d, const AqQuestionSource *from, int K)
{
    AqQuestionMap p = {.by = reading_of_source(from), .n = K};

    p.by->declare_map(&p, d, from);
    return p;
}

AqTensor *aq_question_map(AqNn *nn, const AqQuestionMap *p, const AqQuestionInput *in)
{
    return p->by->map(nn, p, in);
}
