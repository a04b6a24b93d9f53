/*
 * What a network brings to the registry. Private to extract/: others see
 * extract/extractor.h.
 */
#ifndef AQ_EXTRACT_NETWORK_H
#define AQ_EXTRACT_NETWORK_H
#include "extract/extractor.h"
#include "model/nn/params.h"
#include "model/weights/weights.h"

typedef struct AqNetwork AqNetwork; /* each network's own */

/* Shapes and cost, filled in by open. */
typedef struct AqNetworkFacts {
    int in_dims[3], out_dims[3];
    int batch;
    double gflop;
    char options[128];
} AqNetworkFacts;

typedef struct AqNetworkDef {
    AqModality modality;
    int version; /* raised whenever the numbers change */
    /* Opens from a file (seed unused) or, with w NULL, seeded with the geometry that
     * `name` stands for. AQ_ERR_MISMATCH if the file's geometry is not name's. */
    AqErr (*open)(AqNetwork **out, const char *name, AqWeights *w, uint64_t seed,
                  AqNetworkFacts *facts);
    /* in (n, in_dims) to the network's output (n, out_dims), over nn operations. */
    AqTensor *(*forward)(const AqNetwork *net, AqNn *nn, AqTensor *in);
    AqParams *(*params)(const AqNetwork *net); /* borrowed */
    void (*close)(AqNetwork **net);
} AqNetworkDef;

extern const AqNetworkDef aq_network_vggish, aq_network_swin;

#endif
