/*
 * The file that a training goes on from, whatever it trains: parameters with the
 * optimiser's moments, rows of numbers, and what it belongs to. What was made with
 * other settings or of other data is refused. safetensors; appears whole or not at all.
 */
#ifndef AQ_MODEL_NN_RESUME_H
#define AQ_MODEL_NN_RESUME_H
#include "model/nn/params.h"

/* What a state belongs to; all text is borrowed. */
typedef struct AqResumeOrigin {
    const char *format;       /* "avqa-pipe training 1": the first text in the file */
    const char *kind;         /* "training": is said of a file that is none */
    const char *settings;     /* lines "name=value" that must be the same to go on */
    const char *data_key;     /* under which the data's digest is in the file */
    const char *other_data;   /* what "was trained on" goes on with where it differs:
                                 "other questions; give the same annotations" */
    char data[AQ_SHA256_HEX]; /* digest of what it learns from */
} AqResumeOrigin;

/* A writer with the origin in it; the caller adds, commits and frees. */
AQ_MUST_CHECK AqErr aq_resume_writer_new(AqWeightsWriter **out,
                                         const AqResumeOrigin *o);
/* A row of 64-bit numbers, as it is. Borrows `data` until commit. */
AQ_MUST_CHECK AqErr aq_resume_add_row(AqWeightsWriter *w, const char *name,
                                      AqDtype dtype, const void *data, size_t n);
/* Values under the first prefix, moments under the second (params.h). */
AQ_MUST_CHECK AqErr aq_resume_add_params(AqWeightsWriter *w, const AqParams *ps,
                                         const char *values, const char *moments);

/* AQ_ERR_NOT_FOUND: no such file. AQ_ERR_FORMAT: no state of this kind.
 * AQ_ERR_MISMATCH: of another origin; says which. */
AQ_MUST_CHECK AqErr aq_resume_open(AqWeights **out, const char *path,
                                   const AqResumeOrigin *o);
/* AQ_ERR_FORMAT where it is not of n such numbers. */
AQ_MUST_CHECK AqErr aq_resume_read_row(AqWeights *w, const char *name, AqDtype dtype,
                                       void *to, size_t n);
/* Into trainable parameters. */
AQ_MUST_CHECK AqErr aq_resume_read_params(AqWeights *w, AqParams *ps,
                                          const char *values, const char *moments);

#endif
