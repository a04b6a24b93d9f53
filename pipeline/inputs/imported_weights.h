/*
 * The folder of imported weights: NAME.safetensors in weights/ of the data folder. Each
 * file's metadata says where it came from (origin, origin_sha256, origin_format), which
 * network it is, and content_sha256, the digest of its whole content, so that it can be
 * verified by itself.
 */
#ifndef AQ_PIPELINE_INPUTS_IMPORTED_WEIGHTS_H
#define AQ_PIPELINE_INPUTS_IMPORTED_WEIGHTS_H
#include "extract/networks/extractor.h"
#include "extract/networks/sound/concept_map.h"
#include "model/weights/weights.h"

#define AQ_TEXT_TOWER "clip_text" /* a file with CLIP's text tower alone */

/* A weight file and what was found in it. */
typedef struct AqInspection {
    AqWeights *w;
    const char *network; /* registry name, "vggish_pca", AQ_CONCEPT_MAP_NAME,
                           AQ_TEXT_TOWER, or NULL: see
                           `why` */
    char about[320];
    char why[512];      /* why it cannot be used as a network; "" if it can */
    size_t n_used;      /* tensors that the network uses */
    int text_tokens;    /* that its text tower knows; 0: it has none that can be used */
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
    const char *name;       /* NULL: the network's name */
    int replace;            /* replace weights of that name from another file */
    int int8;               /* arrays of several dimensions as 8-bit integers */
    char *path;             /* out: its new path; owned */
    const char *vocabulary; /* of its text tower; NULL: that beside the file */
    int was_there;          /* out: imported before; left as it is */
    int lacks_vocabulary;   /* out: it has a text tower, and no vocabulary for it */
} AqImport;

/* Checks the file's own checksums and that its network is complete, and writes it as
 * safetensors; the file appears whole or not at all. A text tower's vocabulary is put
 * beside it (aq_bpe_open_beside()). AQ_ERR_USAGE if the name is taken by other weights.
 */
AQ_MUST_CHECK AqErr aq_import(AqImport *i, const AqInspection *what);

/* Calls `each` with the paths of the imported files, sorted by name, until it fails. */
AQ_MUST_CHECK AqErr aq_imports_each(AqErr (*each)(void *ctx, const char *path),
                                    void *ctx);

/* Verifies the file against its own digest, or its format's checksums if it has none;
 * *has_digest says which. AQ_ERR_FORMAT if it was changed, or if a tensor that its
 * network uses holds NaN or infinity. */
AQ_MUST_CHECK AqErr aq_import_verify(AqWeights *w, int *has_digest);

#endif
