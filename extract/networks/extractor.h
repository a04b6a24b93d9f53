/*
 * Extractors: networks that turn the input made by their front end
 * (extract/input/input.h) into feature rows. Each is an entry of the table in
 * extract/networks/registry.c; other folders use only this header.
 *
 * An open AqExtractor is read-only and may be shared by threads; each thread uses its
 * own AqNn. Input and output are float32, one entry per row; a row is a second, a part
 * of one, or a clip of several frames, according to the front end's plan. For example:
 *   vggish: in (n,96,64) log-mel          out (n,128)
 *   yamnet: in (n,96,64) log-mel          out (n,1024)
 *   swin:   in (n,3,S,S) normalised RGB   out (n,h,w,C), the last stage's grid
 */
#ifndef AQ_EXTRACT_NETWORKS_EXTRACTOR_H
#define AQ_EXTRACT_NETWORKS_EXTRACTOR_H
#include "base/digest.h"
#include "base/err.h"
#include "base/modality.h"
#include "extract/input/input.h"
#include "extract/networks/parts/network.h"
#include "model/nn/nn.h"
#include "model/nn/params.h"
#include "model/weights/weights.h"

#include <stddef.h>

typedef struct AqExtractor AqExtractor;

/* What made a feature row: everything that affects the numbers. All text is borrowed
 * from the extractor. */
typedef struct AqExtractorFacts {
    const char *name; /* "vggish", "swin_t", ... */
    int version;      /* raised whenever the numbers change */
    AqModality modality;
    const char *weights;        /* file name without folders, or "seeded:N" */
    const char *weights_sha256; /* of the file; seeded:N: of the recipe's text */
    int seeded;                 /* random weights: tell the user */
    const char *precision;      /* "f32", "bf16": of its layers' products */
    const char *options;        /* shape and switches as canonical text */
    const char *switches;       /* non-default ones, for aq_extractor_open() */
    AqInput input;              /* its front end: what it is shown, and its rows */
    int out_dims[3];            /* of a row: audio {1,1,128}; visual {h,w,C} */
    const char *const *columns; /* names of C concepts and of h * w cells, NULL behind
                                   the last; or NULL (base/concepts/columns.h) */
    const char *const *cells;
    int batch;    /* rows per call for good speed */
    double gflop; /* per row, 2 x multiply-adds */
} AqExtractorFacts;

/*
 * `weights` is the path of a weight file, or "seeded:N" for seeded random values in the
 * geometry of `name`. The geometry of a file is read from it; AQ_ERR_MISMATCH if `name`
 * means another one ("swin" accepts any). AQ_ERR_NOT_FOUND for unknown names; the
 * message lists the known ones.
 *
 * `switches` is NULL or "key=value,key=value": for a visual network aq_frames_options
 * and its own; for vggish relu=on|off (the ReLU after the last layer, default on,
 * as in MUSIC-AVQA's copy and torchvggish) and pca=off|FILE (torchvggish's
 * postprocessing with the parameters in FILE, default off). They are recorded in
 * `options` and `switches` of the facts, a file as "pca=on".
 *
 * Weights written by `weights import` count as the file that they came from: `weights`
 * and `weights_sha256` of the facts are that file's.
 */
AQ_MUST_CHECK AqErr aq_extractor_open(AqExtractor **out, const char *name,
                                      const char *weights, const char *switches);

/* The same from an open file; takes a reference to it. */
AQ_MUST_CHECK AqErr aq_extractor_open_weights(AqExtractor **out, const char *name,
                                              AqWeights *w, const char *switches);

/* For inference only: weights are packed for the fastest back end at first use, and
 * products may have lower precision. AQ_ERR_UNSUPPORTED if this machine does not
 * support it. Without this call, the network runs in f32 with its weights unpacked. */
AQ_MUST_CHECK AqErr aq_extractor_freeze(AqExtractor *x, AqPrecision precision);

/* The network that a weight file holds. */
typedef struct AqExtractorMatch {
    const char *name; /* registry name; static */
    AqModality modality;
    char about[192];     /* geometry and whose names its tensors have */
    const char *to_look; /* switches to open it with where it is only looked at and not
                            run: values that a file does not tell; NULL: none */
} AqExtractorMatch;

/* AQ_ERR_NOT_FOUND: not a known network. AQ_ERR_UNSUPPORTED or AQ_ERR_MISMATCH: a known
 * one that cannot be used; the message says why. */
AQ_MUST_CHECK AqErr aq_extractor_identify(const AqWeights *w, AqExtractorMatch *out);
void aq_extractor_close(AqExtractor **x);
AqExtractorFacts aq_extractor_facts(const AqExtractor *x);

/* Values in one row with these dims. */
static inline size_t aq_extractor_values(const int dims[3])
{
    return (size_t)dims[0] * (size_t)dims[1] * (size_t)dims[2];
}

/* Runs n rows; `nn` is the calling thread's and is restarted. */
AQ_MUST_CHECK AqErr aq_extractor_run(const AqExtractor *x, AqNn *nn, const float *in,
                                     int n, float *out);

/* With a tap on its intermediate values. */
AQ_MUST_CHECK AqErr aq_extractor_run_tapped(const AqExtractor *x, AqNn *nn,
                                            const float *in, int n, float *out,
                                            const AqExtractorTap *tap);

/*
 * Training (used by extract/pretrain/pretrain.h). make_trainable gives the parameters
 * gradients; from then on the extractor belongs to one thread, and aq_extractor_run()
 * may still use values from opening (Swin's unfolded bias tables for inference).
 * forward records on nn's tape: in (n, input.dims) -> (n, out_dims). save writes
 * safetensors in half precision, which aq_extractor_open() can read, with the text
 * `origin` in it.
 */
AQ_MUST_CHECK AqErr aq_extractor_make_trainable(AqExtractor *x);
AqParams *aq_extractor_params(const AqExtractor *x); /* borrowed */
AqTensor *aq_extractor_forward(const AqExtractor *x, AqNn *nn, AqTensor *in);
AQ_MUST_CHECK AqErr aq_extractor_save(const AqExtractor *x, const char *path,
                                      const char *origin);

/* The registry: name k of a modality's extractors, NULL past the last. */
const char *aq_extractor_name(AqModality m, size_t k);
const char *aq_extractor_any_name(size_t k); /* of both modalities, sound first */

/* The switches of a modality's networks, each as "fit=squash|crop", for help texts;
 * NULL past the last. Good until the thread's next call. */
const char *aq_extractor_switches(AqModality m, size_t k);

/* The modality of the extractor of that name. The message of AQ_ERR_NOT_FOUND lists the
 * known ones. */
AQ_MUST_CHECK AqErr aq_extractor_modality(const char *name, AqModality *m);

/* Adds a network to the registry, for tests only. Call before any thread uses the
 * registry; `def` must stay valid. */
void aq_network_add(const AqNetworkDef *def);

#endif
