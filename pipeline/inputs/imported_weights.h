/*
 * The folder of imported weights: NAME.safetensors in weights/ of the data folder. Each
 * file's metadata says where it came from (origin, origin_sha256, origin_format), which
 * network it is, and content_sha256, the digest of its whole content, so that it can be
 * verified by itself.
 */
#ifndef AQ_PIPELINE_INPUTS_IMPORTED_WEIGHTS_H
#define AQ_PIPELINE_INPUTS_IMPORTED_WEIGHTS_H
#include "extract/networks/extractor.h"
#include "model/weights/weights.h"

/* A weight file and what was found in it. */
typedef struct AqInspection {
    AqWeights *w;
    const char *network; /* registry name, "vggish_pca", or NULL: see `why` */
    char about[192];
    char why[512];      /* why it cannot be used as a network; "" if it can */
    size_t n_used;      /* tensors that the network uses */
    const char *prefix; /* borrowed: selects one of several networks; or NULL */
} AqInspection;

/* Opens the file and the network that its tensors form, to check that it is complete.
 * Only faults of the file are errors; why a network cannot be used (NaN values too) is
 * in `why`. Only tensors whose names begin with `prefix` count (NULL: all). */
AQ_MUST_CHECK AqErr aq_inspect(AqInspection *out, const char *path, const char *prefix);
void aq_inspection_clear(AqInspection *i);

/* The path of the imported weights of that name. AQ_ERR_USAGE if it is not a valid
 * name: letters, digits, '.', '_' and '-', not beginning with '.'. Gives. */
AQ_MUST_CHECK AqErr aq_import_path(const char *name, char **out);

typedef struct AqImport {
    const char *file;
    const char *name; /* NULL: the network's name */
    int replace;      /* replace weights of that name from another file */
    char *path;       /* out: its new path; owned */
    int was_there;    /* out: imported before; left as it is */
} AqImport;

/* Checks the file's own checksums and that its network is complete, and writes it as
 * safetensors; the file appears whole or not at all. AQ_ERR_USAGE if the name is taken
 * by other weights. */
AQ_MUST_CHECK AqErr aq_import(AqImport *i, const AqInspection *what);

/* Calls `each` with the paths of the imported files, sorted by name, until it fails. */
AQ_MUST_CHECK AqErr aq_imports_each(AqErr (*each)(void *ctx, const char *path),
                                    void *ctx);

/* Verifies the file against its own digest, or its format's checksums if it has none;
 * *has_digest says which. AQ_ERR_FORMAT if it was changed, or if a tensor that its
 * network uses holds NaN or infinity. */
AQ_MUST_CHECK AqErr aq_import_verify(AqWeights *w, int *has_digest);

#endif
