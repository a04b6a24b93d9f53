/*
 * Neural-network operations, written once for inference and for training.
 *
 * An AqNn is one thread's context: an arena for activations and, while recording, the
 * tape of operations. Every operation takes tensors and returns a new one in the arena.
 * While recording it also records how to run itself backward; otherwise nothing is
 * kept, and aq_nn_keep() releases the memory of finished parts.
 *
 * Failure (memory) is sticky: the operation returns NULL, an operation given NULL
 * returns NULL, and aq_nn_error() has the first error, so that a network needs no check
 * on every line. Mismatched shapes are programming errors: they assert in debug builds,
 * and set the sticky error otherwise.
 *
 * Shapes are written outermost first; `..` stands for any leading dimensions.
 */
#ifndef AQ_MODEL_NN_NN_H
#define AQ_MODEL_NN_NN_H
#include "base/arena.h"
#include "base/err.h"
#include "base/executor.h"
#include "base/rng.h"
#include "model/tensor/tensor.h"

typedef struct AqNn AqNn;

typedef enum AqNnMode {
    AQ_NN_INFER, /* no tape, no dropout */
    AQ_NN_EVAL,  /* tape, no dropout (gradient checks) */
    AQ_NN_TRAIN  /* tape and dropout */
} AqNnMode;

/* exec may be NULL; it is borrowed. */
AQ_MUST_CHECK AqErr aq_nn_new(AqNn **out, AqExecutor *exec);
void aq_nn_free(AqNn **nn);

/* Discards everything computed so far, and any error. */
void aq_nn_begin(AqNn *nn, AqNnMode mode);
AqErr aq_nn_error(const AqNn *nn);
int aq_nn_recording(const AqNn *nn);
int aq_nn_training(const AqNn *nn);
AqArena *aq_nn_arena(AqNn *nn);
AqExecutor *aq_nn_exec(AqNn *nn);
void aq_nn_seed(AqNn *nn, AqRng rng); /* source of dropout's random numbers */
AqRng *aq_nn_rng(AqNn *nn);
/* From here on only `n` of the `whole` equal parts of a batch are computed, starting at
 * `first` (parts are the outermost dimension of all tensors that dropout sees): dropout
 * draws as if the whole batch were here. Initially 0, 1, 1: the whole. */
void aq_nn_part(AqNn *nn, int first, int n, int whole);

/* A tensor in the arena with undefined contents; for inputs and for operations. */
AqTensor *aq_nn_tensor(AqNn *nn, int n_dims, const int *dims);
AqTensor *aq_nn_zeros(AqNn *nn, int n_dims, const int *dims);
/* Copies float data in (the input of a network). */
AqTensor *aq_nn_input(AqNn *nn, int n_dims, const int *dims, const float *data);
#define AQ_DIMS(...)                                                                   \
    (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)), (const int[])                   \
    {                                                                                  \
        __VA_ARGS__                                                                    \
    }

/* Not recording: frees everything computed since `mark` except y, which moves there.
 * Recording: does nothing, as backward still needs it. Returns y (possibly moved). */
AqArenaMark aq_nn_mark(AqNn *nn);
AqTensor *aq_nn_keep(AqNn *nn, AqArenaMark mark, AqTensor *y);

/* Computes d loss / d everything on the tape that wants a gradient; loss has one value.
 * Adds to the parameters' gradients. AQ_ERR_NUMERIC if the loss is not finite. */
AQ_MUST_CHECK AqErr aq_nn_backward(AqNn *nn, AqTensor *loss);

/* ---- linear algebra ---- */
typedef enum AqAct {
    AQ_ACT_NONE,
    AQ_ACT_RELU,
    AQ_ACT_GELU,
    AQ_ACT_TANH,
    AQ_ACT_SIGMOID,
    AQ_ACT_QUICK_GELU,
    AQ_ACT_GELU_TANH,
    AQ_ACT_ELU
} AqAct;

/* y (..,M) = act(x (..,K) w^T + b); w (M,K), b (M) or NULL. GELU is the exact (erf)
 * one, QuickGELU x sigmoid(1.702 x), GELU_TANH 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715
 * x^3))), ELU x or exp(x) - 1 below 0. */
AqTensor *aq_linear(AqNn *nn, AqTensor *x, AqTensor *w, AqTensor *b, AqAct act);

/* y (G..,N,M) = a (G..,N,K) b (G..,K,M); transpose_b: b is (G..,M,K). */
AqTensor *aq_matmul(AqNn *nn, AqTensor *a, AqTensor *b, int transpose_b);

/* TensorFlow's padding "same" instead of a number of pixels: H' is H / stride, rounded
 * up, and of an odd number of padded pixels the larger half is at the bottom and right.
 */
#define AQ_PAD_SAME (-1)
/* y (N,H',W',O) = act(conv(x (N,H,W,C), w (O,KH,KW,C)) + b (O)), zero padding. */
AqTensor *aq_conv2d(AqNn *nn, AqTensor *x, AqTensor *w, AqTensor *b, int stride,
                    int pad, AqAct act);
/* y (N,H',W',C): the same channel by channel, w (KH,KW,C) of at most AQ_DEPTHWISE_TAPS
 * places (Howard et al., "MobileNets", 2017). */
#define AQ_DEPTHWISE_TAPS 64
AqTensor *aq_depthwise_conv2d(AqNn *nn, AqTensor *x, AqTensor *w, AqTensor *b,
                              int stride, int pad, AqAct act);

/* How a filter goes over a clip: stride and padding, as above, in time, height and
 * width. Groups: the output channels are in so many equal groups, each of which sees
 * the group of input channels of the same number; 1 sees all. */
typedef struct AqConv3d {
    int stride[3], pad[3], groups;
} AqConv3d;

/* y (N,T',H',W',O) = act(conv(x (N,T,H,W,C), w (O,KT,KH,KW,C/groups)) + b (O)) */
AqTensor *aq_conv3d(AqNn *nn, AqTensor *x, AqTensor *w, AqTensor *b,
                    const AqConv3d *how, AqAct act);

/* y (N,H',W',C): the maximum over size x size pixels, padding left out; `pad` is less
 * than `size`. Pixels at the edges that no whole window covers are dropped. */
AqTensor *aq_maxpool(AqNn *nn, AqTensor *x, int size, int stride, int pad);
/* The same in three dimensions: x (N,T,H,W,C). A window has at most 64 pixels, in both.
 */
#define AQ_POOL_MOST 64
AqTensor *aq_maxpool3d(AqNn *nn, AqTensor *x, int size, int stride, int pad);
/* The mean over dimension `dim`, which y has no longer. */
AqTensor *aq_mean(AqNn *nn, AqTensor *x, int dim);

/*
 * Multi-head scaled dot-product attention (Vaswani et al., 2017). q (G,N,D), k and v
 * (G,M,D), D = heads * head size; logits = scale * q k^T, then + bias (heads,N,M) or
 * NULL, then + mask. mask: constant AqReal array, 0 or a large negative number, of
 * shape (n_masks,N,M) with group g using mask g % n_masks; NULL for none. key_mask:
 * (G,M) constant, 1 keep / 0 hide, or NULL. A query with all keys hidden gives zeros. y
 * (G,N,D). If weights_out is not NULL, it receives the softmax weights (G,heads,N,M) (a
 * tensor in the arena, without gradient).
 */
typedef struct AqAttention {
    int heads;
    AqReal scale;
    AqTensor *bias;
    const AqReal *mask;
    int n_masks;
    const AqReal *key_mask;
    AqTensor **weights_out;
    const int *rows; /* aq_attention_qkv only, below; or NULL */
    int n_rows;
} AqAttention;
AqTensor *aq_attention(AqNn *nn, AqTensor *q, AqTensor *k, AqTensor *v,
                       const AqAttention *how);

/* The same for q, k and v side by side in one tensor: qkv (G,N,3D). If the groups are
 * windows over a grid, the tensor may stay in the grid's order: `rows` (n_rows) lists
 * the grid's rows in the order of the windows' tokens, with n_rows/N windows a grid and
 * the grids one after another; y is in the grid's order too. */
AqTensor *aq_attention_qkv(AqNn *nn, AqTensor *qkv, const AqAttention *how);

/* ---- element by element ---- */
AqTensor *aq_act(AqNn *nn, AqTensor *x, AqAct act);
AqTensor *aq_exp_op(AqNn *nn, AqTensor *x);
/* b has x's shape, or the shape of x's last dimensions (it is repeated). */
AqTensor *aq_add(AqNn *nn, AqTensor *x, AqTensor *b);
AqTensor *aq_mul(AqNn *nn, AqTensor *x, AqTensor *b);
/* Row by row: y (..,D) = x (..,D) * s (..) with one factor a row. */
AqTensor *aq_scale_rows(AqNn *nn, AqTensor *x, AqTensor *s);
/* y = factor * x; and with a learned factor s (1). */
AqTensor *aq_scale(AqNn *nn, AqTensor *x, AqReal factor);
AqTensor *aq_scale_by(AqNn *nn, AqTensor *x, AqTensor *s);
/* Training: zero with probability p, the rest times 1/(1-p). Else x itself. */
AqTensor *aq_dropout(AqNn *nn, AqTensor *x, AqReal p);
/* The same where aq_nn_part's parts are not in x's outermost dimension, but in the one
 * inside of `outer` entries. */
AqTensor *aq_dropout_inside(AqNn *nn, AqTensor *x, int outer, AqReal p);

/* ---- rows ---- */
/* LayerNorm over the last dimension (Ba et al., 2016); gamma, beta (D). */
AqTensor *aq_layernorm(AqNn *nn, AqTensor *x, AqTensor *gamma, AqTensor *beta,
                       AqReal eps);
/* RMSNorm over the last dimension (Zhang and Sennrich, 2019): x / sqrt(mean(x^2) + eps)
 * * gamma (D). */
AqTensor *aq_rmsnorm(AqNn *nn, AqTensor *x, AqTensor *gamma, AqReal eps);
/*
 * Batch normalisation of each column of x (N,D) (Ioffe and Szegedy, 2015):
 * (x - mean) / sqrt(variance + eps) * gamma + beta. Training: of the rows whose keep
 * (N) is not 0 (NULL: all), and the running mean and variance move to these by
 * `momentum` (the variance as an estimate, over one row less: as PyTorch's). Else, and
 * where fewer than two rows are kept: the running ones. Parameters (D).
 */
typedef struct AqBatchNorm {
    AqTensor *gamma, *beta, *mean, *variance;
} AqBatchNorm;
AqTensor *aq_batchnorm(AqNn *nn, AqTensor *x, const AqBatchNorm *p, const AqReal *keep,
                       AqReal momentum, AqReal eps);
/* x / max(|x|_2, eps) over the last dimension. */
AqTensor *aq_l2_normalise(AqNn *nn, AqTensor *x, AqReal eps);
/* Softmax over the last dimension. keep: constant of x's shape, or of its last
 * dimensions, 1 keep / 0 hide; NULL keeps all. All hidden gives zeros. */
AqTensor *aq_softmax(AqNn *nn, AqTensor *x, const AqReal *keep, size_t n_keep);
/* y (n_index,D): row index[r] of x seen as (rows,D), D the last dimension; -1 gives
 * zeros. index is copied. Embedding look-up, window partition and patch merging. */
AqTensor *aq_gather_rows(AqNn *nn, AqTensor *x, const int *index, int n_index);

/* ---- shape ---- */
AqTensor *aq_reshape(AqNn *nn, AqTensor *x, int n_dims, const int *dims); /* one -1 */
/* Dimension k of y is dimension order[k] of x. */
AqTensor *aq_permute(AqNn *nn, AqTensor *x, const int *order);
/* Joined along dimension `dim`, the others equal. */
AqTensor *aq_concat(AqNn *nn, AqTensor *const *x, int n, int dim);
/* Entries first .. first+count-1 of dimension `dim`. */
AqTensor *aq_slice(AqNn *nn, AqTensor *x, int dim, int first, int count);

/* ---- recurrent ---- */
/* One LSTM step (Hochreiter and Schmidhuber, 1997; gate order i,f,g,o as PyTorch).
 * gates (N,4H): W_ih x + W_hh h + biases, already summed; c (N,H). hc (N,2H) holds the
 * new h and c side by side. keep: (N) constant, 0 leaves that row's old h and c as they
 * were (a pad), or NULL; h_old (N,H). */
AqTensor *aq_lstm_cell(AqNn *nn, AqTensor *gates, AqTensor *h_old, AqTensor *c_old,
                       const AqReal *keep);

/* ---- reductions and losses, each giving one value ---- */
AqTensor *aq_sum(AqNn *nn, AqTensor *x);
/* Mean over rows of -log softmax(logits (N,K))[target]; a target of -1 leaves the row
 * out; no row left gives 0. target is copied. */
AqTensor *aq_cross_entropy(AqNn *nn, AqTensor *logits, const int *target);
/* Mean over i of the binary cross-entropy of sigmoid(logits_i) with target_i in [0,1].
 * weight (N) or NULL: entries with weight 0 are left out of the mean. */
AqTensor *aq_bce(AqNn *nn, AqTensor *logits, const AqReal *target,
                 const AqReal *weight);
/* Of several candidates the right one has to lead by 1 (Weston and Watkins, "Support
 * Vector Machines for Multi-Class Pattern Recognition", ESANN 1999): mean over groups
 * of sum_i max(0, 1 + x_i - x_right) over the group's other candidates. x (N) or (N,1);
 * rows that follow each other with the same group (N) are one, -1 leaves a row out;
 * right (N) is 1 for one row of a group, and a group without is left out. */
AqTensor *aq_hinge(AqNn *nn, AqTensor *x, const int *group, const int *right);
/* Mean over i of (x_i - target_i)^2, x (N) or (N,1). keep (N): 0 leaves i out. */
AqTensor *aq_squared_error(AqNn *nn, AqTensor *x, const AqReal *target,
                           const AqReal *keep);

#endif
