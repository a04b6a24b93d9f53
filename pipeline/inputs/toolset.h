/*
 * The tools that make features: extractors for sound and for pictures, one or more of
 * each, and the provenance of the rows that they make.
 */
#ifndef AQ_PIPELINE_INPUTS_TOOLSET_H
#define AQ_PIPELINE_INPUTS_TOOLSET_H
#include "extract/networks/extractor.h"
#include "model/data/dataset.h"
#include "store/store.h"

#define AQ_MOST_TOOLS (AQ_N_MODALITIES * AQ_MOST_FEATURES)

typedef struct AqToolChoice {
    const char
        *name[AQ_N_MODALITIES]; /* registry names or weight files; NULL: default */
    const char *weights[AQ_N_MODALITIES]; /* path, "seeded:N", or NULL: as configured;
                                             of a model with several networks of the
                                             kind, as many, between commas */
    const char *options[AQ_N_MODALITIES]; /* switches "key=value,..."; or NULL */
    const char *precision;                /* "f32", "bf16"; NULL: f32 */
    int audio_track; /* the clips' sound track, from 1; 0: their default */
} AqToolChoice;

/* By tool, those of sound first. */
typedef struct AqToolset {
    int n;
    AqExtractor *x[AQ_MOST_TOOLS];
    AqExtractorFacts facts[AQ_MOST_TOOLS];
    int audio_track; /* as chosen; a requested track is part of the provenance of both
                        modalities, as time 0 depends on it */
    AqProvenance provenance[AQ_MOST_TOOLS];
    char *version[AQ_MOST_TOOLS];  /* owned text of the provenance */
    char *sampling[AQ_MOST_TOOLS]; /* likewise */
} AqToolset;

/* Opens one of each. Logs which of them run on seeded random weights. */
AQ_MUST_CHECK AqErr aq_toolset_open(AqToolset *out, const AqToolChoice *choice);

/* Opens one more, of modality m, for the `audio_track` in `out`; weights, options and
 * precision may be NULL. A name that is not a network's means a weight file: a
 * path, or imported weights. "pca=on" and "pca=NAME" in the options mean imported
 * parameters, and "map=on" and "map=NAME" an imported map or the one that comes with
 * the program, which concepts of yamnet's are also made with where none is named. */
AQ_MUST_CHECK AqErr aq_toolset_open_one(AqToolset *out, AqModality m, const char *name,
                                        const char *weights, const char *options,
                                        const char *precision);

/* The modality of the network of that name, or of that weight file. */
AQ_MUST_CHECK AqErr aq_toolset_modality(const char *name, AqModality *m);

/*
 * Opens the tools that a model needs: `json` is from aq_wants_json() when its features
 * were made. Names, switches and seeds come from there, weight files from
 * `choice` or the configured place. AQ_ERR_MISMATCH, showing both sides, if they are
 * not those that made the model's features. A sound track in `choice` is used whatever
 * the model's features were made from.
 */
AQ_MUST_CHECK AqErr aq_toolset_open_for(AqToolset *out, const char *json,
                                        const AqToolChoice *choice);
void aq_toolset_close(AqToolset *t);

/* The values a second of what they make. */
AQ_MUST_CHECK AqErr aq_toolset_sizes(const AqToolset *t, AqFeatureSizes *out);

#endif
