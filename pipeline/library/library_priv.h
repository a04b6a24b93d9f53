/* Inside the library: what its objects hold, and how calls into it begin and end. */
#ifndef AQ_PIPELINE_LIBRARY_LIBRARY_PRIV_H
#define AQ_PIPELINE_LIBRARY_LIBRARY_PRIV_H
#include "model/trained/model.h"
#include "pipeline/decoder/decoder.h"
#include "pipeline/inputs/features/clip.h"
#include "pipeline/inputs/toolset.h"
#include "pipeline/library/avqa.h"

#include <pthread.h>

struct Avqa {
    int threads, max_seconds, audio_track, clip_seconds, clip_megabytes;
    char *decoder; /* NULL: as installed */
    int (*stop)(void *context);
    void *stop_context;
};

struct AvqaModel {
    const Avqa *a;
    char *path, *knows;
    int is_default;
    AqModel *model;
    AqWordForms *forms;
    AqClipText *tower;    /* that reads the questions, or NULL: */
    pthread_mutex_t lock; /* then one asks at a time */
    AqToolset tools;
    AqFeatureSizes sizes;
    char **wordings; /* (n_wordings) */
    size_t n_wordings;
};

struct AvqaClip {
    const AvqaModel *model; /* not to be looked into: it may be gone */
    AqClipFeatures features;
    char *notes;
};

/* ---- calls (call.c) ---- */

/* Does the work in a thread of its own, with signals blocked and in the C locale, and
 * waits for it; what failed is also the caller's last error. */
AQ_MUST_CHECK AqErr aq_library_call(AqErr (*work)(void *ctx), void *ctx);

/* The C locale for the calling thread, until aq_library_locale_back(). */
void *aq_library_locale(void);
void aq_library_locale_back(void *before);

/* The status of `err`, with this thread's message in *error (may be NULL). */
AvqaStatus aq_library_status(AqErr err, AvqaError *error);

/* ---- reading clips (read.c) ---- */

/* Bounds and program of a decoder, as set. */
AqDecoderBounds aq_library_bounds(const Avqa *a);
int aq_library_stopped(void *a); /* an Avqa */
int aq_library_threads(const Avqa *a);

/* The rows of a clip by each of the tools, or with `want_input` what those are given:
 * f (tools->n), which the caller clears in any case, and *notes, which it is given. */
AQ_MUST_CHECK AqErr aq_library_read(const Avqa *a, const AqToolset *tools,
                                    int want_input, const char *path,
                                    AqStoredFeatures *f, char **notes);

#endif
