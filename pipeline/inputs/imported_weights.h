/*
 * The folder of weights that were imported: NAME.safetensors in the data folder's
 * weights/. Each carries in its metadata where it came from (origin, origin_sha256,
 * origin_format), what network it is, and content_sha256, the digest of all that is in
 * it, so that it can be verified by itself.
 */
#ifndef AQ_PIPELINE_INPUTS_IMPORTED_WEIGHTS_H
#define AQ_PIPELINE_INPUTS_IMPORTED_WEIGHTS_H
#include "extract/networks/extractor.h"
#include "model/weights/weights.h"

/* A weight file and what it was found to be. */
typedef struct AqInspection {
    AqWeights *w;
    const char *network; /* registry name, "vggish_pca", or NULL: none, see `why` */
    char about[192];
    char why[512];      /* what is wrong with it as a network; "" if nothing */
    size_t n_used;      /* tensors that the network takes */
    const char *prefix; /* borrowed: of several networks the one so named; or NULL */
} AqInspection;

/* Opens the file, and the network that its tensors are, to see that it is whole. Errors
 * are those of the file; a network that cannot be used is in `why`: values that are no
 * numbers too. `prefix` (NULL: all) keeps the tensors whose names begin so. */
AQ_MUST_CHECK AqErr aq_inspect(AqInspection *out, const char *path, const char *prefix);
void aq_inspection_clear(AqInspection *i);

/* Path of the imported weights of that name. AQ_ERR_USAGE for what is no name: letters,
 * digits, '.', '_' and '-', and not '.' first. Gives. */
AQ_MUST_CHECK AqErr aq_import_path(const char *name, char **out);

typedef struct AqImport {
    const char *file;
    const char *name; /* NULL: the network's */
    int replace;      /* what is there under that name and is from another file */
    char *path;       /* out: where it is now; owned */
    int was_there;    /* out: imported before, and left as it is */
} AqImport;

/* Checks the file's own checksums and that its network is whole, and writes it as
 * safetensors; the file appears whole or not at all. AQ_ERR_USAGE if the name is taken
 * by other weights. */
AQ_MUST_CHECK AqErr aq_import(AqImport *i, const AqInspection *what);

/* Calls `each` for the imported files (their paths), by name, until it fails. */
AQ_MUST_CHECK AqErr aq_imports_each(AqErr (*each)(void *ctx, const char *path),
                                    void *ctx);

/* Compares the file with the digest that it carries, or with its format's checksums if
 * it has none; *has_digest says which. AQ_ERR_FORMAT if it is not what it was, or if
 * what its network takes of it is not all numbers. */
AQ_MUST_CHECK AqErr aq_import_verify(AqWeights *w, int *has_digest);

#endif
