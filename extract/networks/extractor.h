/*
 * Extractors: networks that turn what their front end (extract/input/input.h) makes of
 * a clip into feature rows. Each is a row of the table in extract/networks/registry.c;
 * this is all that the others see of them.
 *
 * An opened AqExtractor is read only and may be shared by threads; each thread brings
 * its own AqNn. Input and output are float32, one entry a row; a row is a second, a
 * part of one, or a clip of several frames, as the front end's plan says. Of today's:
 *   vggish: in (n,96,64) log-mel          out (n,128)
 *   swin:   in (n,3,S,S) normalised RGB   out (n,h,w,C), the last stage's grid
 */
#ifndef AQ_EXTRACT_NETWORKS_EXTRACTOR_H
#define AQ_EXTRACT_NETWORKS_EXTRACTOR_H
#include "base/digest.h"
#include "base/err.h"
#include "base/modality.h"
#include "extract/input/input.h"
#include "model/nn/nn.h"
#include "model/nn/params.h"
#include "model/weights/weights.h"

#include <stddef.h>

typedef struct AqExtractor AqExtractor;

/* What made a feature row: everything that changes the numbers. All text is borrowed
 * from the extractor. */
typedef struct AqExtractorFacts {
    const char *name; /* "vggish", "swin_t", ... */
    int version;      /* raised whenever the numbers change */
    AqModality modality;
    const char *weights;        /* file name without folders, or "seeded:N" */
    const char *weights_sha256; /* of the file; of the recipe's text for seeded:N */
    int seeded;                 /* random weights: say so to the user */
    const char *precision;      /* "f32", "bf16": of the products of its layers */
    const char *options;        /* the network's shape and switches, canonical text */
    const char *switches;       /* those not the default, as aq_extractor_open takes */
    AqInput input;              /* its front end: what it is shown, in which rows */
    int out_dims[3];            /* of a row: audio {1,1,128}; visual {h,w,C} */
    int batch;                  /* rows to hand over at once for good speed */
    double gflop;               /* of a row, 2 x multiply-adds */
} AqExtractorFacts;

/*
 * `weights` is a weight file's path or "seeded:N" for seeded random values, with the
 * geometry that `name` stands for. With a file the geometry is read from it, and a name
 * that stands for another one is AQ_ERR_MISMATCH; "swin" accepts any. Unknown names are
 * AQ_ERR_NOT_FOUND, listing those there are.
 *
 * `switches` is NULL or "key=value,key=value": for a visual network those of
 * aq_frames_set(); for vggish relu=on|off (the ReLU behind the last layer, default on,
 * as MUSIC-AVQA's copy and torchvggish have it) and pca=off|FILE (torchvggish's
 * postprocessing with the parameters in FILE, default off). They are recorded in
 * `options`, and in `switches` with "pca=on" for a file.
 *
 * Weights that `weights import` wrote count as the file they were made from: `weights`
 * and `weights_sha256` of the facts are that file's.
 */
AQ_MUST_CHECK AqErr aq_extractor_open(AqExtractor **out, const char *name,
                                      const char *weights, const char *switches);

/* The same from an open file; takes a reference. */
AQ_MUST_CHECK AqErr aq_extractor_open_weights(AqExtractor **out, const char *name,
                                              AqWeights *w, const char *switches);

/* For whoever only runs it: weights are laid out for the fastest back end at their
 * first use, and products may be of less precision. AQ_ERR_UNSUPPORTED where this
 * machine has it not. Without this call it runs in f32, its weights as they lie. */
AQ_MUST_CHECK AqErr aq_extractor_freeze(AqExtractor *x, AqPrecision precision);

/* What a weight file is. */
typedef struct AqExtractorMatch {
    const char *name; /* registry name; static */
    AqModality modality;
    char about[192]; /* geometry and whose names its tensors have */
} AqExtractorMatch;

/* AQ_ERR_NOT_FOUND: no network that is known here; AQ_ERR_UNSUPPORTED, AQ_ERR_MISMATCH:
 * one that cannot be used, and why. */
AQ_MUST_CHECK AqErr aq_extractor_identify(const AqWeights *w, AqExtractorMatch *out);
void aq_extractor_close(AqExtractor **x);
AqExtractorFacts aq_extractor_facts(const AqExtractor *x);

/* Values in one row of such dims. */
static inline size_t aq_extractor_values(const int dims[3])
{
    return (size_t)dims[0] * (size_t)dims[1] * (size_t)dims[2];
}

/* Runs n rows; `nn` is the calling thread's bench and is begun anew. */
AQ_MUST_CHECK AqErr aq_extractor_run(const AqExtractor *x, AqNn *nn, const float *in,
                                     int n, float *out);

/* Looks at what is between input and output, for tests and explanations: called as the
 * values come into being, which are gone when it returns. VGGish shows ("layer", k),
 * Swin ("patches", 0) and ("stage", k), each before its merging. */
typedef struct AqExtractorTap {
    void (*seen)(void *ctx, const char *what, int number, const AqTensor *x);
    void *ctx;
} AqExtractorTap;
AQ_MUST_CHECK AqErr aq_extractor_run_tapped(const AqExtractor *x, AqNn *nn,
                                            const float *in, int n, float *out,
                                            const AqExtractorTap *tap);

/*
 * Training one (extract/pretrain/pretrain.h does). make_trainable gives the parameters
 * gradients; from then on the extractor belongs to one thread, and aq_extractor_run()
 * may still see what it was opened with (Swin keeps its bias tables unfolded for
 * inference). forward runs over nn's tape: in (n, input.dims) -> (n, out_dims). save
 * writes safetensors in half precision; what was saved is what aq_extractor_open()
 * reads. Text `origin` goes into the file.
 */
AQ_MUST_CHECK AqErr aq_extractor_make_trainable(AqExtractor *x);
AqParams *aq_extractor_params(const AqExtractor *x); /* borrowed */
AqTensor *aq_extractor_forward(const AqExtractor *x, AqNn *nn, AqTensor *in);
AQ_MUST_CHECK AqErr aq_extractor_save(const AqExtractor *x, const char *path,
                                      const char *origin);

/* The registry: names of the extractors of a modality, NULL past the last. */
const char *aq_extractor_name(AqModality m, size_t k);
const char *aq_extractor_any_name(size_t k); /* of all, the sound's first */

/* The switches of the modality's networks, a text for each that has any, for the help;
 * NULL past the last. */
const char *aq_extractor_switches(AqModality m, size_t k);

/* The front end of that name, of whichever network; NULL: there is none. */
const AqInputDef *aq_extractor_front_end(const char *name);

/* What the extractor of that name is for. AQ_ERR_NOT_FOUND lists those there are. */
AQ_MUST_CHECK AqErr aq_extractor_modality(const char *name, AqModality *m);

#endif
