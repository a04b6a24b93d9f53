/*
 * What a network provides for the registry: one AqNetworkDef named aq_network_NAME, in
 * its own file. Private to extract/; others use extract/networks/extractor.h.
 */
#ifndef AQ_EXTRACT_NETWORKS_PARTS_NETWORK_H
#define AQ_EXTRACT_NETWORKS_PARTS_NETWORK_H
#include "base/err.h"
#include "base/options/option.h"
#include "extract/input/input.h"
#include "model/nn/nn.h"
#include "model/nn/params.h"
#include "model/weights/weights.h"

/* Observes intermediate values, for tests and explanations: called as they are
 * computed; they are valid only during the call. VGGish and YAMNet show ("layer", k),
 * Swin
 * ("patches", 0) and ("stage", k), the latter before merging. */
typedef struct AqExtractorTap {
    void (*seen)(void *ctx, const char *what, int number, const AqTensor *x);
    void *ctx;
} AqExtractorTap;

/* Shapes and cost, set by open. */
typedef struct AqNetworkFacts {
    AqInput input; /* of the def's front end */
    int out_dims[3];
    /* Where each number has a meaning of its own: the names of out_dims[2] columns, and
     * of the out_dims[0] * out_dims[1] cells if there are several. Static, NULL behind
     * the last; NULL for other networks. */
    const char *const *columns, *const *cells;
    int apart;   /* pictures of a row that forward takes as so many rows, and gives as
                    such; 0: rows are whole (clip_rows.h) */
    int at_once; /* of these, in a call of forward */
    int batch;
    double gflop;
    char options[192];  /* shape and switches, for provenance */
    char switches[256]; /* the non-default ones, as written */
} AqNetworkFacts;

/* What a file holds, without opening the network. */
typedef struct AqNetworkMatch {
    const char *name; /* registry name; static */
    char about[192];  /* geometry and whose names its tensors have */
    /* Switches that have to be given, as the file does not tell, with values that will
     * do to look at it; static. NULL: none. */
    const char *to_look;
} AqNetworkMatch;

#define AQ_NETWORK_MAX_NAMES 12

typedef struct AqNetworkDef {
    const char
        *names[AQ_NETWORK_MAX_NAMES + 1]; /* of its geometries; NULL-terminated */
    const char *title;                    /* what people call it */
    const AqInputDef *input;              /* front end, which gives the modality */
    const AqOption *switches;             /* rows of its "key=value,..."; NULL: none */
    int version;                          /* raised whenever the numbers change */
    /* Is it the file's network? AQ_ERR_NOT_FOUND, without a message, if not; another
     * error if it is but cannot be used. */
    AqErr (*identify)(const AqWeights *w, AqNetworkMatch *out);
    /* Opens from a file (seed unused) or, if w is NULL, seeded with the geometry of
     * `name`. AQ_ERR_MISMATCH if the file's geometry is not that of `name`. `switches`
     * is "key=value,..." or NULL. */
    AqErr (*open)(void **out, const char *name, AqWeights *w, uint64_t seed,
                  const char *switches, AqNetworkFacts *facts);
    /* in (n, input.dims) to the network's output (n, out_dims), by nn operations; n
     * counts pictures where the facts say that these stand apart. `tap` may be NULL. */
    AqTensor *(*forward)(const void *net, AqNn *nn, AqTensor *in,
                         const AqExtractorTap *tap);
    AqParams *(*params)(const void *net); /* borrowed */
    void (*close)(void **net);            /* *net may be NULL */
} AqNetworkDef;

/* Shows a value to the tap, if there is one, and returns it. */
static inline AqTensor *aq_network_show(const AqExtractorTap *tap, const char *what,
                                        int number, AqTensor *x)
{
    if (tap && x)
        tap->seen(tap->ctx, what, number, x);
    return x;
}

#endif
