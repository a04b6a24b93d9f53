/*
 * The file from which an interrupted training of any kind resumes: parameters with the
 * optimiser's moments, rows of numbers, and their origin. A state made with other
 * settings or from other data is refused. safetensors; appears whole or not at all.
 */
#ifndef AQ_MODEL_NN_RESUME_H
#define AQ_MODEL_NN_RESUME_H
#include "model/nn/params.h"

/* Origin of a state; all text is borrowed. */
typedef struct AqResumeOrigin {
    const char *format;       /* "avqa-pipe training 1": the first text in the file */
    const char *kind;         /* "training", for the error about a file that is none */
    const char *settings;     /* lines "name=value" that must be the same to resume */
    const char *data_key;     /* the metadata key of the data's digest */
    const char *other_data;   /* completes the error "was trained on ..." if it differs:
                                 "other questions; give the same annotations" */
    char data[AQ_SHA256_HEX]; /* digest of the training data */
} AqResumeOrigin;

/* A writer with the origin in it; the caller adds, commits and frees. */
AQ_MUST_CHECK AqErr aq_resume_writer_new(AqWeightsWriter **out,
                                         const AqResumeOrigin *o);
/* Adds a row of 64-bit numbers unchanged. Borrows `data` until commit. */
AQ_MUST_CHECK AqErr aq_resume_add_row(AqWeightsWriter *w, const char *name,
                                      AqDtype dtype, const void *data, size_t n);
/* Values under the first prefix, moments under the second (params.h). */
AQ_MUST_CHECK AqErr aq_resume_add_params(AqWeightsWriter *w, const AqParams *ps,
                                         const char *values, const char *moments);

/* AQ_ERR_NOT_FOUND: no such file. AQ_ERR_FORMAT: not a state of this kind.
 * AQ_ERR_MISMATCH: of another origin; the message says which. */
AQ_MUST_CHECK AqErr aq_resume_open(AqWeights **out, const char *path,
                                   const AqResumeOrigin *o);
/* AQ_ERR_FORMAT if it does not have n such numbers. */
AQ_MUST_CHECK AqErr aq_resume_read_row(AqWeights *w, const char *name, AqDtype dtype,
                                       void *to, size_t n);
/* Into trainable parameters. */
AQ_MUST_CHECK AqErr aq_resume_read_params(AqWeights *w, AqParams *ps,
                                          const char *values, const char *moments);

#endif
