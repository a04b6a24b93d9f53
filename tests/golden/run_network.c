/* SPDX-License-Identifier: MIT */
/*
 * What the golden suite compares: runs this program's code on arrays from outside.
 *   run_network net NAME WEIGHTS SWITCHES IN.npy OUT.npy [STAGES-PREFIX]
 *   run_network frozen f32|bf16 NAME WEIGHTS SWITCHES IN.npy OUT.npy   as ingest does
 *   run_network frames SIZE SWITCHES IN.npy OUT.npy     IN (H,W,3) of bytes
 *   run_network input NAME WEIGHTS IN.npy OUT.npy       IN (H,W,3), as that is shown it
 *   run_network tensors FILE FOLDER                     each array as FOLDER/k.npy
 *   run_network open NAME WEIGHTS                       prints how long it took, in s
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "extract/input/frames.h"
#include "extract/networks/extractor.h"
#include "model/weights/npy.h"
#include "model/weights/weights.h"
#include "pipeline/exchange/formats/npy_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Stages {
    const char *prefix;
    AqErr err;
} Stages;

static void keep_stage(void *ctx, const char *what, int number, const AqTensor *x)
{
    Stages *s = ctx;
    char path[512];
    int64_t dims[AQ_MAX_DIMS];

    for (int k = 0; k < x->n_dims; k++)
        dims[k] = x->dims[k];
    (void)snprintf(path, sizeof path, "%s%s%d.npy", s->prefix, what, number);
    if (s->err == AQ_OK)
        s->err = aq_npy_write(path, x->n_dims, dims, x->data);
}

static AqErr run_all(const AqExtractor *x, const AqNpy *in, const char *out,
                     const char *prefix)
{
    const AqExtractorFacts f = aq_extractor_facts(x);
    const int n = (int)(in->count / aq_extractor_values(f.input.dims));
    const int64_t dims[] = {n, f.out_dims[0], f.out_dims[1], f.out_dims[2]};
    Stages stages = {.prefix = prefix};
    const AqExtractorTap tap = {.seen = keep_stage, .ctx = &stages};
    AqNn *nn = NULL;
    float *from = aq_alloc(in->count, sizeof *from),
          *to = aq_alloc((size_t)n * aq_extractor_values(f.out_dims), sizeof *to);
    AqErr err = from && to ? aq_nn_new(&nn, NULL) : AQ_ERR_NOMEM;

    if (err == AQ_OK) {
        aq_npy_to_floats(in, from);
        err = aq_extractor_run_tapped(x, nn, from, n, to, prefix ? &tap : NULL);
    }
    if (err == AQ_OK)
        err = stages.err;
    if (err == AQ_OK)
        err = aq_npy_write(out, 4, dims, to);
    aq_nn_free(&nn);
    aq_free(from);
    aq_free(to);
    return err;
}

/* precision: NULL, or of the packed weights. */
static AqErr run_net(char **a, int n, const char *precision)
{
    const int is_bf16 = precision && strcmp(precision, "bf16") == 0;
    AqExtractor *x = NULL;
    AqNpy in = {0};
    AqErr err = aq_extractor_open(&x, a[0], a[1], a[2]);

    if (err == AQ_OK && precision)
        err = aq_extractor_freeze(x, is_bf16 ? AQ_PRECISION_BF16 : AQ_PRECISION_F32);
    if (err == AQ_OK)
        err = aq_npy_read(&in, a[3]);
    if (err == AQ_OK)
        err = run_all(x, &in, a[4], n > 5 ? a[5] : NULL);
    aq_npy_clear(&in);
    aq_extractor_close(&x);
    return err;
}

static AqErr run_frames(char **a)
{
    const int S = atoi(a[0]);
    AqFramesConfig how = aq_frames_default(S);
    AqFrames *f = NULL;
    AqNpy in = {0};
    float *out = aq_alloc((size_t)S * (size_t)S * 3, sizeof *out);
    AqErr err = out ? aq_frames_set(&how, a[1]) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = aq_npy_read(&in, a[2]);
    if (err == AQ_OK && (in.n_dims != 3 || in.dims[2] != 3 || in.dtype != AQ_U8))
        err = aq_fail(AQ_ERR_USAGE, "%s: (H,W,3) of bytes are needed", a[2]);
    if (err == AQ_OK)
        err = aq_frames_new(&f, &how);
    if (err == AQ_OK)
        err = aq_frames_prepare(f, in.data, (int)in.dims[1], (int)in.dims[0],
                                3 * (int)in.dims[1], out);
    if (err == AQ_OK)
        err = aq_npy_write(a[3], 3, (const int64_t[]){3, S, S}, out);
    aq_frames_free(&f);
    aq_npy_clear(&in);
    aq_free(out);
    return err;
}

/* A picture through the network's own front end. */
static AqErr run_input(char **a)
{
    AqExtractor *x = NULL;
    AqNpy in = {0};
    void *state = NULL;
    float *row = NULL;
    AqErr err = aq_extractor_open(&x, a[0], a[1], NULL);

    if (err == AQ_OK)
        err = aq_npy_read(&in, a[2]);
    if (err == AQ_OK && (in.n_dims != 3 || in.dims[2] != 3 || in.dtype != AQ_U8))
        err = aq_fail(AQ_ERR_USAGE, "%s: (H,W,3) of bytes are needed", a[2]);
    if (err == AQ_OK) {
        const AqInput input = aq_extractor_facts(x).input;
        const AqInputShown shown = {.rgb = in.data,
                                    .width = (int)in.dims[1],
                                    .height = (int)in.dims[0],
                                    .stride = 3 * (int)in.dims[1]};

        row = aq_alloc(aq_input_values(&input), sizeof *row);
        err = row ? input.def->open(&state, &input) : AQ_ERR_NOMEM;
        if (err == AQ_OK)
            err = input.def->prepare(state, &shown, row);
        if (err == AQ_OK)
            err = aq_npy_write(
                a[3], 3, (const int64_t[]){input.dims[0], input.dims[1], input.dims[2]},
                row);
        if (state)
            input.def->close(&state);
    }
    aq_free(row);
    aq_npy_clear(&in);
    aq_extractor_close(&x);
    return err;
}

/* Floating-point arrays only; prints "k name". */
static AqErr write_tensors(char **a)
{
    AqWeights *w = NULL;
    AqErr err = aq_weights_open(&w, a[0]);

    for (size_t k = 0; err == AQ_OK && k < aq_weights_n(w); k++) {
        const AqWeight *t = aq_weights_at(w, k);
        float *v = aq_alloc(t->count, sizeof *v);
        char *path = aq_strf("%s/%zu.npy", a[1], k);

        err = v && path ? AQ_OK : AQ_ERR_NOMEM;
        if (err == AQ_OK && aq_weight_is_real(t))
            err = aq_weight_to_floats(t, 0, t->count, v);
        if (err == AQ_OK && aq_weight_is_real(t))
            err = aq_npy_write(path, t->n_dims, t->dims, v);
        (void)printf("%zu %s\n", k, t->name);
        aq_free(v);
        aq_free(path);
    }
    aq_weights_unref(&w);
    return err;
}

static AqErr time_open(char **a)
{
    AqExtractor *x = NULL;
    const int64_t from = aq_clock_us();
    const AqErr err = aq_extractor_open(&x, a[0], a[1], NULL);

    (void)printf("%.4f\n", (double)(aq_clock_us() - from) / 1e6);
    aq_extractor_close(&x);
    return err;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    AqErr err = AQ_ERR_USAGE;

    if (strcmp(what, "net") == 0 && argc >= 7)
        err = run_net(argv + 2, argc - 2, NULL);
    else if (strcmp(what, "frozen") == 0 && argc == 8)
        err = run_net(argv + 3, argc - 3, argv[2]);
    else if (strcmp(what, "frames") == 0 && argc == 6)
        err = run_frames(argv + 2);
    else if (strcmp(what, "input") == 0 && argc == 6)
        err = run_input(argv + 2);
    else if (strcmp(what, "tensors") == 0 && argc == 4)
        err = write_tensors(argv + 2);
    else if (strcmp(what, "open") == 0 && argc == 4)
        err = time_open(argv + 2);
    else
        (void)aq_fail(err, "see the head of run_network.c");
    if (err != AQ_OK)
        (void)fprintf(stderr, "%s\n", aq_err_text());
    return err != AQ_OK;
}
