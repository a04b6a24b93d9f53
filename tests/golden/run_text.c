/* SPDX-License-Identifier: MIT */
/*
 * What the golden suite compares: texts through this program's tokenizer and text
 * tower. run_text tokens VOCABULARY TEXTS                 a line of token numbers for
 * each run_text rows VOCABULARY WEIGHTS SWITCHES TEXTS ROWS.npy POOLED.npy TEXTS holds
 * texts of UTF-8, each ended by a zero byte. Rows are those of all texts' tokens, one
 * text behind another.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/question/clip/clip_text.h"
#include "pipeline/exchange/formats/npy_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 64 << 20 };

typedef struct Texts {
    char *data;
    size_t bytes;
    const char **at;
    size_t n;
} Texts;

static AqErr read_texts(Texts *t, const char *path)
{
    AqErr err = aq_fs_read(path, MOST_BYTES, &t->data, &t->bytes);

    if (err == AQ_OK && !(t->at = aq_alloc(t->bytes + 1, sizeof *t->at)))
        err = AQ_ERR_NOMEM;
    for (size_t k = 0; err == AQ_OK && k < t->bytes; k += strlen(t->data + k) + 1)
        t->at[t->n++] = t->data + k;
    return err;
}

static AqErr print_tokens(const AqBpe *b, const Texts *t)
{
    enum { MOST = 75 };
    int ids[MOST], n;
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < t->n; k++) {
        err = aq_bpe_encode(b, t->at[k], ids, MOST, &n);
        for (int j = 0; err == AQ_OK && j < n; j++)
            (void)printf("%d ", ids[j]);
        (void)putchar('\n');
    }
    return err;
}

/* The rows of one text, and what is pooled of them. */
static AqErr run_one_text(const AqClipText *t, AqNn *nn, const char *text, int *ids,
                          float *rows, float *pooled, int *n)
{
    const int W = aq_clip_text_facts(t)->width;
    AqErr err = aq_clip_text_tokens(t, text, ids, n);

    if (err != AQ_OK)
        return err;
    aq_nn_begin(nn, AQ_NN_INFER);
    AqTensor *x = aq_clip_text_rows(nn, t, ids, *n),
             *p = aq_clip_text_pool(nn, t, aq_slice(nn, x, 0, *n - 1, 1));
    if ((err = aq_nn_error(nn)) != AQ_OK)
        return err;
    memcpy(rows, x->data, (size_t)*n * (size_t)W * sizeof *rows);
    memcpy(pooled, p->data, aq_tensor_count(p) * sizeof *pooled);
    return AQ_OK;
}

static AqErr run_all_texts(const AqClipText *t, const Texts *texts, char **out)
{
    const size_t W = (size_t)aq_clip_text_facts(t)->width,
                 E = (size_t)aq_clip_text_pooled(t),
                 most = (size_t)aq_clip_text_facts(t)->context;
    float *rows = aq_alloc(texts->n * most * W, sizeof *rows),
          *pooled = aq_alloc(texts->n * E, sizeof *pooled);
    int *ids = aq_alloc(most, sizeof *ids);
    int64_t used = 0;
    AqNn *nn = NULL;
    AqErr err = rows && pooled && ids ? aq_nn_new(&nn, NULL) : AQ_ERR_NOMEM;

    for (size_t k = 0; err == AQ_OK && k < texts->n; k++) {
        int n = 0;

        err = run_one_text(t, nn, texts->at[k], ids, rows + (size_t)used * W,
                           pooled + k * E, &n);
        used += n;
    }
    if (err == AQ_OK)
        err = aq_npy_write(out[0], 2, (int64_t[]){used, (int64_t)W}, rows);
    if (err == AQ_OK)
        err =
            aq_npy_write(out[1], 2, (int64_t[]){(int64_t)texts->n, (int64_t)E}, pooled);
    aq_nn_free(&nn);
    aq_free(ids);
    aq_free(rows);
    aq_free(pooled);
    return err;
}

/* VOCABULARY "-": the weights have it in them. */
static AqErr make_rows(AqBpe **bpe, char **v, const Texts *texts)
{
    AqWeights *w = NULL;
    AqClipText *t = NULL;
    AqErr err = aq_weights_open(&w, v[0]);

    if (err == AQ_OK)
        err = aq_clip_text_open(&t, w, 0, *bpe, v[1]);
    if (err == AQ_OK)
        *bpe = NULL;
    if (err == AQ_OK)
        err = aq_clip_text_freeze(t);
    if (err == AQ_OK)
        err = run_all_texts(t, texts, v + 3);
    aq_clip_text_free(&t);
    aq_weights_unref(&w);
    return err;
}

int main(int argc, char **argv)
{
    const int rows = argc == 8 && strcmp(argv[1], "rows") == 0;
    AqBpe *bpe = NULL;
    Texts texts = {0};

    if (!rows && (argc != 4 || strcmp(argv[1], "tokens") != 0))
        return 2;
    AqErr err = strcmp(argv[2], "-") ? aq_bpe_open(&bpe, argv[2]) : AQ_OK;
    if (err == AQ_OK)
        err = read_texts(&texts, argv[rows ? 5 : 3]);
    if (err == AQ_OK)
        err = rows ? make_rows(&bpe, argv + 3, &texts) : print_tokens(bpe, &texts);
    if (err != AQ_OK)
        (void)fprintf(stderr, "%s\n", aq_err_text());
    aq_bpe_free(&bpe);
    aq_free(texts.data);
    aq_free((void *)texts.at);
    return err == AQ_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
