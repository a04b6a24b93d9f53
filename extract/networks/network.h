/*
 * What a network brings to the registry. Private to extract/: others see
 * extract/networks/extractor.h.
 */
#ifndef AQ_EXTRACT_NETWORKS_NETWORK_H
#define AQ_EXTRACT_NETWORKS_NETWORK_H
#include "extract/networks/extractor.h"
#include "model/nn/params.h"
#include "model/weights/weights.h"

typedef struct AqNetwork AqNetwork; /* each network's own */

/* Shapes and cost, filled in by open. */
typedef struct AqNetworkFacts {
    int in_dims[3], out_dims[3];
    int batch;
    double gflop;
    char options[192];  /* shape and switches, for provenance */
    char switches[256]; /* those that are not the default, as they are written */
    AqFramesConfig frames;
} AqNetworkFacts;

/* What a file turns out to be, without opening the network. */
typedef struct AqNetworkMatch {
    const char *name; /* registry name; static */
    char about[192];  /* geometry and whose names its tensors have */
} AqNetworkMatch;

typedef struct AqNetworkDef {
    AqModality modality;
    int version; /* raised whenever the numbers change */
    /* Is the file's one? AQ_ERR_NOT_FOUND, without a sentence, if it is not; another
     * error if it is and cannot be used. */
    AqErr (*identify)(const AqWeights *w, AqNetworkMatch *out);
    /* Opens from a file (seed unused) or, with w NULL, seeded with the geometry that
     * `name` stands for. AQ_ERR_MISMATCH if the file's geometry is not name's.
     * `switches` is "key=value,..." or NULL. */
    AqErr (*open)(AqNetwork **out, const char *name, AqWeights *w, uint64_t seed,
                  const char *switches, AqNetworkFacts *facts);
    /* in (n, in_dims) to the network's output (n, out_dims), over nn operations. `tap`
     * may be NULL. */
    AqTensor *(*forward)(const AqNetwork *net, AqNn *nn, AqTensor *in,
                         const AqExtractorTap *tap);
    AqParams *(*params)(const AqNetwork *net); /* borrowed */
    void (*close)(AqNetwork **net);
} AqNetworkDef;

/* Shows a value to the tap, if there is one; gives it back. */
static inline AqTensor *aq_network_show(const AqExtractorTap *tap, const char *what,
                                        int number, AqTensor *x)
{
    if (tap && x)
        tap->seen(tap->ctx, what, number, x);
    return x;
}

extern const AqNetworkDef aq_network_vggish, aq_network_swin;

#endif
