/*
 * What made a model's features, as the model file and the records of runs have it: the
 * parts of provenance that other rows must agree with, for each stream one or more.
 *
 *   {"audio": {"extractor", "version", "weights", "sha256", "precision", "sampling"},
 *    "visual": {...}}
 *
 * Where a stream has several features, an array of such objects, in the model's order.
 */
#ifndef AQ_PIPELINE_INPUTS_FEATURES_WANTS_H
#define AQ_PIPELINE_INPUTS_FEATURES_WANTS_H
#include "model/data/dataset.h"
#include "store/store.h"

struct json_t;

typedef struct AqWants {
    int n[AQ_N_MODALITIES]; /* at least 1 each */
    int n_all;
    AqProvenance all[AQ_N_MODALITIES * AQ_MOST_FEATURES]; /* of sound first; text
                                                             borrowed from root */
    struct json_t *root;
} AqWants;

/* AQ_ERR_FORMAT if `json` does not say what made the features of each stream. */
AQ_MUST_CHECK AqErr aq_wants_read(AqWants *out, const char *json);
void aq_wants_clear(AqWants *w);

/* The first key in which `have` differs from what is wanted, with both values; NULL: in
 * none. A weight file's name does not count, its digest does; nor does the program,
 * as extractors have versions of their own. */
const char *aq_wants_differ(const AqProvenance *want, const AqProvenance *have,
                            const char **wanted, const char **had);

/* The switches that features were made with, "key=value,...": the end of their
 * sampling, behind the mark. NULL: none. */
#define AQ_WANTS_OPTIONS "; options: "
const char *aq_wants_options(const AqProvenance *p);

/* What is wanted, for people: as aq_provenance_line() without the program. Gives; NULL
 * when out of memory. */
char *aq_wants_line(const AqProvenance *want);

/* The JSON of n provenances, those of sound first. Gives. */
AQ_MUST_CHECK AqErr aq_wants_json(const AqProvenance *p, int n, char **out);

#endif
