/* SPDX-License-Identifier: MIT */
/* Parameters have names of their own (clip_text_names.c). */
#include "model/question/clip/clip_text_priv.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/options/parse.h"
#include "base/options/rows.h"
#include "model/nn/layers.h"
#include "model/nn/rowwise.h"

#include <stdio.h>
#include <string.h>

#define NORM_EPS 1e-5f
#define NOT_SEEN (-1e30) /* in the mask, for tokens that come later */

static const AqAct acts[] = {AQ_ACT_QUICK_GELU, AQ_ACT_GELU};
static const char *const act_names[] = {"quick_gelu", "gelu", NULL};
static const char *const precision_names[] = {"f32", "bf16", NULL};

typedef struct TextBlock {
    AqNorm ln_1, ln_2;
    AqDense qkv, out, fc, proj;
} TextBlock;

struct AqClipText {
    AqClipTextGeometry g;
    AqBpe *bpe;
    AqParams *params;
    AqTensor *token, *place, *projection; /* projection (W,E) or NULL */
    TextBlock *block;
    AqNorm norm;
    int act, precision;
    char *about;
};

/* ---- parameters ---- */

static void declare_text_block(AqDeclare *d, TextBlock *b, const AqClipTextGeometry *g,
                               int k)
{
    const int W = g->width;
    char name[32];

    (void)snprintf(name, sizeof name, "blocks.%d", k);
    b->ln_1 = aq_declare_norm(d, name, "ln_1", W);
    b->qkv = aq_declare_dense(d, name, "qkv", W, 3 * W);
    b->out = aq_declare_dense_scaled(d, name, "out", W, W, AQ_BRANCH_INIT);
    b->ln_2 = aq_declare_norm(d, name, "ln_2", W);
    b->fc = aq_declare_dense(d, name, "fc", W, g->mlp);
    b->proj = aq_declare_dense_scaled(d, name, "proj", g->mlp, W, AQ_BRANCH_INIT);
}

static AqErr declare_text_tower(AqClipText *t)
{
    const AqClipTextGeometry *g = &t->g;
    AqDeclare all = {.ps = t->params}, *d = &all;

    t->token =
        aq_declare(d, "token", "weight", g->tokens, g->width, AQ_INIT_NORMAL, 0.02);
    t->place =
        aq_declare(d, "place", "weight", g->context, g->width, AQ_INIT_NORMAL, 0.01);
    for (int k = 0; k < g->layers; k++)
        declare_text_block(d, &t->block[k], g, k);
    char norm[] = "norm"; /* with nothing before it */
    t->norm.gamma = aq_declare(d, norm, "weight", 0, g->width, AQ_INIT_ONE, 0);
    t->norm.beta = aq_declare(d, norm, "bias", 0, g->width, AQ_INIT_ZERO, 0);
    if (g->joint > 0)
        t->projection = aq_declare(d, "projection", "weight", g->width, g->joint,
                                   AQ_INIT_XAVIER, 1);
    return d->err;
}

/* ---- switches ---- */

typedef struct TextSwitches {
    int act; /* -1: as the file's origin says */
    int precision;
} TextSwitches;

const AqOption aq_clip_text_switches[] = {
    AQ_ROW_CHOICE("act", TextSwitches, act, act_names,
                  "activation of the MLPs, where the file does not tell", NULL),
    AQ_ROW_CHOICE("precision", TextSwitches, precision, precision_names,
                  "of its products", NULL),
    {0}};

/* Of files, only OpenAI's archives tell: theirs are TorchScript. */
static AqErr settle_text_act(AqClipText *t, const AqWeights *w, int asked)
{
    const char *format = w ? aq_weights_meta(w, "origin_format") : "torchscript";

    if (!format)
        format = aq_weights_format(w);
    t->act = asked < 0 ? 0 : asked;
    if (asked >= 0 || strcmp(format, "torchscript") == 0)
        return AQ_OK;
    return aq_fail(
        AQ_ERR_USAGE,
        "%s: nothing in it tells the activation that its text tower was "
        "trained with; say act=quick_gelu (all of OpenAI's, LAION-400M B/32, "
        "MetaCLIP, DFN) or act=gelu (LAION-2B, DataComp, LAION-400M B/16 and "
        "L/14) by --question-options",
        aq_weights_path(w));
}

static AqErr take_text_switches(AqClipText *t, const AqWeights *w, const char *switches)
{
    TextSwitches s = {.act = -1};
    char copy[AQ_MOST_PAIRS];
    AqErr err = aq_options_parse_pairs(aq_clip_text_switches, "clip_text", &s, switches,
                                       copy, sizeof copy);

    if (err == AQ_OK)
        err = settle_text_act(t, w, s.act);
    t->precision = s.precision;
    return err;
}

/* ---- what it is ---- */

static AqErr digest_text_weights(AqWeights *w, uint64_t seed, const AqClipText *t,
                                 char hex[AQ_SHA256_HEX])
{
    const char *origin = w ? aq_weights_meta(w, "origin_sha256") : NULL;
    char text[128];

    if (origin && strlen(origin) == AQ_SHA256_HEX - 1) {
        memcpy(hex, origin, AQ_SHA256_HEX);
        return AQ_OK;
    }
    if (w)
        return aq_weights_sha256(w, hex);
    (void)snprintf(text, sizeof text,
                   "avqa-pipe seeded clip_text 1; %d tokens; width %d; layers %d; %llu",
                   t->g.tokens, t->g.width, t->g.layers, (unsigned long long)seed);
    return aq_sha256_buffer(text, strlen(text), hex);
}

static AqErr describe_text_tower(AqClipText *t, AqWeights *w, uint64_t seed)
{
    char hex[AQ_SHA256_HEX], name[256];
    const AqErr err = digest_text_weights(w, seed, t, hex);
    const AqClipTextFacts f = {.g = &t->g,
                               .pooled = aq_clip_text_pooled(t),
                               .act = act_names[t->act],
                               .precision = precision_names[t->precision],
                               .weights = name,
                               .weights_sha256 = hex,
                               .vocabulary_sha256 = aq_bpe_sha256(t->bpe)};

    if (err != AQ_OK)
        return err;
    if (w)
        (void)snprintf(name, sizeof name, "%s", aq_fs_base(aq_weights_path(w)));
    else
        (void)snprintf(name, sizeof name, "seeded:%llu", (unsigned long long)seed);
    return aq_clip_text_describe(&t->about, &f);
}

/* ---- opening ---- */

static AqErr need_vocabulary(const AqClipText *t, const AqWeights *w)
{
    return t->bpe
               ? AQ_OK
               : aq_fail(AQ_ERR_NOT_FOUND,
                         "%s has no vocabulary of CLIP's tokenizer with it: put "
                         "bpe_simple_vocab_16e6.txt.gz, merges.txt or tokenizer.json "
                         "beside the weights, or name such a file by "
                         "--question-vocabulary",
                         w ? aq_weights_path(w) : "a seeded text tower");
}

static AqErr check_vocabulary(const AqClipText *t, const AqWeights *w)
{
    if (aq_bpe_size(t->bpe) == t->g.tokens)
        return AQ_OK;
    return aq_fail(
        AQ_ERR_MISMATCH,
        "%s: its text tower knows %d tokens, but the vocabulary given with it "
        "makes %d: they do not belong together",
        aq_weights_path(w), t->g.tokens, aq_bpe_size(t->bpe));
}

static AqErr open_text_params(AqClipText *t, AqWeights *w, AqClipTextNaming *as,
                              uint64_t seed)
{
    t->block = aq_alloc((size_t)t->g.layers, sizeof *t->block);
    AqErr err = t->block ? aq_params_new(&t->params) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = declare_text_tower(t);
    if (err != AQ_OK)
        return err;
    return w ? aq_params_load(t->params, w, aq_clip_text_sources, as)
             : aq_params_init(t->params, seed);
}

static AqErr open_text_tower(AqClipText *t, AqWeights *w, uint64_t seed,
                             const char *switches)
{
    static const AqClipTextGeometry usual = {
        .context = 77, .width = 512, .layers = 12, .mlp = 2048, .joint = 512};
    AqClipTextNaming as = {0};
    AqErr err = AQ_OK;

    t->g = usual;
    if (w)
        err = aq_clip_text_read(&t->g, &as, w);
    if (err == AQ_OK)
        err = need_vocabulary(t, w);
    if (err == AQ_OK && !w)
        t->g.tokens = aq_bpe_size(t->bpe);
    if (err == AQ_OK)
        err = check_vocabulary(t, w);
    if (err == AQ_OK)
        err = take_text_switches(t, w, switches);
    if (err == AQ_OK)
        err = open_text_params(t, w, &as, seed);
    return err == AQ_OK ? describe_text_tower(t, w, seed) : err;
}

AqErr aq_clip_text_open(AqClipText **out, AqWeights *w, uint64_t seed, AqBpe *bpe,
                        const char *switches)
{
    AqClipText *t = *out = aq_alloc(1, sizeof *t);

    if (!t)
        return AQ_ERR_NOMEM;
    t->bpe = bpe;
    const AqErr err = open_text_tower(t, w, seed, switches);
    if (err != AQ_OK) {
        t->bpe = NULL; /* the caller's still */
        aq_clip_text_free(out);
    }
    return err;
}

AqErr aq_clip_text_check(AqWeights *w)
{
    AqClipTextNaming as = {0};
    AqClipText *t = aq_alloc(1, sizeof *t);

    if (!t)
        return AQ_ERR_NOMEM;
    AqErr err = aq_clip_text_read(&t->g, &as, w);
    if (err == AQ_OK)
        err = open_text_params(t, w, &as, 0);
    aq_clip_text_free(&t);
    return err;
}

AqErr aq_clip_text_freeze(AqClipText *t)
{
    return aq_params_freeze(t->params,
                            t->precision ? AQ_PRECISION_BF16 : AQ_PRECISION_F32);
}

void aq_clip_text_free(AqClipText **tp)
{
    AqClipText *t = *tp;

    if (!t)
        return;
    aq_bpe_free(&t->bpe);
    aq_params_free(&t->params);
    aq_free(t->block);
    aq_free(t->about);
    aq_free(t);
    *tp = NULL;
}

const AqClipTextGeometry *aq_clip_text_facts(const AqClipText *t)
{
    return &t->g;
}

int aq_clip_text_pooled(const AqClipText *t)
{
    return t->g.joint > 0 ? t->g.joint : t->g.width;
}

const AqBpe *aq_clip_text_bpe(const AqClipText *t)
{
    return t->bpe;
}

AqParams *aq_clip_text_params(const AqClipText *t)
{
    return t->params;
}

const AqTensor *aq_clip_text_embedding(const AqClipText *t)
{
    return t->token;
}

const char *aq_clip_text_about(const AqClipText *t)
{
    return t->about;
}

/* ---- forward ---- */

AqErr aq_clip_text_tokens(const AqClipText *t, const char *question, int *ids, int *n)
{
    const AqErr err = aq_bpe_encode(t->bpe, question, ids + 1, t->g.context - 2, n);

    ids[0] = aq_bpe_start(t->bpe);
    ids[*n + 1] = aq_bpe_end(t->bpe);
    *n += 2;
    return err;
}

/* No token sees a later one, (n,n). */
static const AqReal *hide_later_tokens(AqNn *nn, int n)
{
    AqReal *mask = aq_constants(nn, (size_t)n * (size_t)n);

    for (int k = 0; mask && k < n * n; k++)
        mask[k] = k % n > k / n ? AQ_R(NOT_SEEN) : 0;
    return mask;
}

/* x + attention(ln_1(x)) */
static AqTensor *attend_to_earlier(AqNn *nn, const TextBlock *b, AqTensor *in, int W,
                                   const AqReal *mask)
{
    const AqAttention how = {.heads = W / AQ_CLIP_TEXT_HEAD,
                             .scale = 1 / aq_sqrt((AqReal)AQ_CLIP_TEXT_HEAD),
                             .mask = mask,
                             .n_masks = 1};
    const AqRowStep before[] = {
        {.kind = AQ_ROW_NORM, .w = b->ln_1.gamma, .b = b->ln_1.beta, .eps = NORM_EPS},
        {.kind = AQ_ROW_LINEAR, .w = b->qkv.w, .b = b->qkv.b, .act = AQ_ACT_NONE}};
    const AqRowStep after[] = {
        {.kind = AQ_ROW_LINEAR, .w = b->out.w, .b = b->out.b, .act = AQ_ACT_NONE},
        {.kind = AQ_ROW_ADD, .w = in}};
    AqTensor *x = aq_rowwise(nn, in, before, 2);

    x = x && mask ? aq_reshape(nn, x, AQ_DIMS(1, -1, 3 * W)) : NULL;
    x = aq_attention_qkv(nn, x, &how);
    x = x ? aq_reshape(nn, x, AQ_DIMS(-1, W)) : NULL;
    return aq_rowwise(nn, x, after, 2);
}

static AqTensor *run_text_block(AqNn *nn, const AqClipText *t, const TextBlock *b,
                                AqTensor *x, const AqReal *mask)
{
    x = attend_to_earlier(nn, b, x, t->g.width, mask);
    const AqRowStep mlp[] = {
        {.kind = AQ_ROW_NORM, .w = b->ln_2.gamma, .b = b->ln_2.beta, .eps = NORM_EPS},
        {.kind = AQ_ROW_LINEAR, .w = b->fc.w, .b = b->fc.b, .act = acts[t->act]},
        {.kind = AQ_ROW_LINEAR, .w = b->proj.w, .b = b->proj.b, .act = AQ_ACT_NONE},
        {.kind = AQ_ROW_ADD, .w = x}};
    return aq_rowwise(nn, x, mlp, 4);
}

AqTensor *aq_clip_text_rows(AqNn *nn, const AqClipText *t, const int *ids, int n)
{
    const AqReal *mask = hide_later_tokens(nn, n);
    AqTensor *x = aq_add(nn, aq_gather_rows(nn, t->token, ids, n),
                         aq_slice(nn, t->place, 0, 0, n));

    for (int k = 0; k < t->g.layers; k++)
        x = run_text_block(nn, t, &t->block[k], x, mask);
    return aq_norm(nn, x, &t->norm);
}

AqTensor *aq_clip_text_pool(AqNn *nn, const AqClipText *t, AqTensor *rows)
{
    return t->projection ? aq_matmul(nn, rows, t->projection, 0) : rows;
}
