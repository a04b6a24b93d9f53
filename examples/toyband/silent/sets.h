/*
 * Video question answering without sound: the same scenes as four data sets, with the
 * files that MSVD-QA, MSRVTT-QA, ActivityNet-QA and TGIF-QA are published as.
 */
#ifndef AQ_TOYBAND_SILENT_SETS_H
#define AQ_TOYBAND_SILENT_SETS_H
#include "examples/toyband/scene/band.h"

typedef enum AqToySilentSet {
    AQ_TOY_MSVD,
    AQ_TOY_MSRVTT,
    AQ_TOY_ACTIVITYNET,
    AQ_TOY_TGIF,
    AQ_TOY_SILENT_SETS
} AqToySilentSet;

/* DIR/msvd/videos/AbCdEfGhIjK_10_20.avi: the file of video `index` in a set; index -1:
 * the folder. Gives; aq_free(). NULL when out of memory. */
char *aq_toy_silent_path(const char *dir, AqToySilentSet set, uint64_t seed,
                         long index);

typedef struct AqToySilent AqToySilent;
AQ_MUST_CHECK AqErr aq_toy_silent_new(AqToySilent **out, uint64_t seed);
void aq_toy_silent_free(AqToySilent **a);
/* Asks all that can be asked of the scene. */
AQ_MUST_CHECK AqErr aq_toy_silent_ask(AqToySilent *a, const AqToyScene *s);
/* Writes the files of questions under `dir`, whose folders are there. */
AQ_MUST_CHECK AqErr aq_toy_silent_write(const AqToySilent *a, const char *dir);
/* Questions of all sets so far. */
size_t aq_toy_silent_asked(const AqToySilent *a);

#endif
