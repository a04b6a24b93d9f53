/*
 * The tools that features are made with: one extractor for the sound, one for the
 * picture, and the provenance that rows made by them carry.
 */
#ifndef AQ_PIPELINE_INPUTS_TOOLSET_H
#define AQ_PIPELINE_INPUTS_TOOLSET_H
#include "extract/networks/extractor.h"
#include "store/store.h"

typedef struct AqToolChoice {
    const char
        *name[AQ_N_MODALITIES]; /* registry names or weight files; NULL: the default */
    const char *weights[AQ_N_MODALITIES]; /* path, "seeded:N", or NULL: as configured */
    const char *options[AQ_N_MODALITIES]; /* switches "key=value,..."; or NULL */
    const char *precision;                /* "f32", "bf16"; NULL: f32 */
    int audio_track; /* the clips' sound track, from 1; 0: as they mark it */
} AqToolChoice;

typedef struct AqToolset {
    AqExtractor *x[AQ_N_MODALITIES];
    AqExtractorFacts facts[AQ_N_MODALITIES];
    int audio_track; /* as the choice has it; a track that was asked for is part of what
                        made the features, of both kinds: time 0 depends on it */
    AqProvenance provenance[AQ_N_MODALITIES];
    char *version[AQ_N_MODALITIES];  /* owned text behind the provenance */
    char *sampling[AQ_N_MODALITIES]; /* the same */
} AqToolset;

/* Opens both. Says on stderr which of them run on seeded random weights. */
AQ_MUST_CHECK AqErr aq_toolset_open(AqToolset *out, const AqToolChoice *choice);

/* Opens the one of modality m only, for the `audio_track` that is in `out`; weights,
 * options and precision may be NULL. A name
 * that is no network's is that of a weight file: a path, or what was imported. "pca=on"
 * and "pca=NAME" among the options stand for imported parameters. */
AQ_MUST_CHECK AqErr aq_toolset_open_one(AqToolset *out, AqModality m, const char *name,
                                        const char *weights, const char *options,
                                        const char *precision);

/* What the network of that name, or of that weight file, is for. */
AQ_MUST_CHECK AqErr aq_toolset_modality(const char *name, AqModality *m);

/*
 * The same as a model file asks for: `json` is what aq_toolset_json() gave when the
 * features were made. Names, switches and seeds come from there, weight files from
 * `choice` or the configured place; AQ_ERR_MISMATCH with both sides if what was opened
 * is not what made the model's features. A sound track that `choice` asks for is taken
 * whichever the model's features are of.
 */
AQ_MUST_CHECK AqErr aq_toolset_open_for(AqToolset *out, const char *json,
                                        const AqToolChoice *choice);
void aq_toolset_close(AqToolset *t);

/* Is a row of this provenance one that `json` asks for? */
int aq_toolset_is_wanted(const char *json, const AqProvenance *p);

/* {"audio": {"extractor", "version", "weights", ...}, "visual": {...}}. Gives. */
AQ_MUST_CHECK AqErr aq_toolset_json(const AqProvenance *audio,
                                    const AqProvenance *visual, char **out);

#endif
