/*
 * What a network brings to the registry: one AqNetworkDef, called aq_network_NAME, in a
 * file of its own. Private to extract/: others see extract/networks/extractor.h.
 */
#ifndef AQ_EXTRACT_NETWORKS_NETWORK_H
#define AQ_EXTRACT_NETWORKS_NETWORK_H
#include "extract/networks/extractor.h"
#include "model/nn/params.h"
#include "model/weights/weights.h"

/* Shapes and cost, filled in by open. */
typedef struct AqNetworkFacts {
    AqInput input; /* of the def's front end */
    int out_dims[3];
    int batch;
    double gflop;
    char options[192];  /* shape and switches, for provenance */
    char switches[256]; /* those that are not the default, as they are written */
} AqNetworkFacts;

/* What a file turns out to be, without opening the network. */
typedef struct AqNetworkMatch {
    const char *name; /* registry name; static */
    char about[192];  /* geometry and whose names its tensors have */
} AqNetworkMatch;

#define AQ_NETWORK_MAX_NAMES 12

typedef struct AqNetworkDef {
    const char *names[AQ_NETWORK_MAX_NAMES + 1]; /* of its geometries; NULL behind */
    const char *title;                           /* what people call it */
    const AqInputDef *input; /* its front end; its modality is the network's */
    const char *switches; /* for the help: "key=a|b, other=FILE"; NULL: it has none */
    int version;          /* raised whenever the numbers change */
    /* Is the file's one? AQ_ERR_NOT_FOUND, without a sentence, if it is not; another
     * error if it is and cannot be used. */
    AqErr (*identify)(const AqWeights *w, AqNetworkMatch *out);
    /* Opens from a file (seed unused) or, with w NULL, seeded with the geometry that
     * `name` stands for. AQ_ERR_MISMATCH if the file's geometry is not name's.
     * `switches` is "key=value,..." or NULL. */
    AqErr (*open)(void **out, const char *name, AqWeights *w, uint64_t seed,
                  const char *switches, AqNetworkFacts *facts);
    /* in (n, input.dims) to the network's output (n, out_dims), over nn operations.
     * `tap` may be NULL. */
    AqTensor *(*forward)(const void *net, AqNn *nn, AqTensor *in,
                         const AqExtractorTap *tap);
    AqParams *(*params)(const void *net); /* borrowed */
    void (*close)(void **net);            /* NULL is fine in *net */
} AqNetworkDef;

/* Adds one to those of the registry, for a test: the product's own are its rows. Before
 * any thread looks; `def` must stay. */
void aq_network_add(const AqNetworkDef *def);

/* Shows a value to the tap, if there is one; gives it back. */
static inline AqTensor *aq_network_show(const AqExtractorTap *tap, const char *what,
                                        int number, AqTensor *x)
{
    if (tap && x)
        tap->seen(tap->ctx, what, number, x);
    return x;
}

#endif
