/* SPDX-License-Identifier: MIT */
#include "pipeline/library/library_priv.h"

#include "base/alloc.h"
#include "base/options/option.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct Setting {
    const char *name;
    size_t at; /* of its int */
    int least, most;
} Setting;

static const Setting numbers[] = {
    {"threads", offsetof(Avqa, threads), 0, 1024},
    {"max-seconds", offsetof(Avqa, max_seconds), 1, 36000},
    {"audio-track", offsetof(Avqa, audio_track), 0, AQ_MEDIA_MAX_TRACKS},
    {"clip-timeout", offsetof(Avqa, clip_seconds), 0, 1000000},
    {"clip-memory", offsetof(Avqa, clip_megabytes), 0, 1000000},
};

const char *avqa_version(void)
{
    return AQ_VERSION;
}

AvqaStatus avqa_new(Avqa **out, AvqaError *error)
{
    Avqa *a = aq_alloc(1, sizeof *a);

    *out = a;
    if (!a)
        return aq_library_status(AQ_ERR_NOMEM, error);
    *a = (Avqa){.threads = 1,
                .max_seconds = 60,
                .clip_seconds = AQ_DECODER_SECONDS,
                .clip_megabytes = AQ_DECODER_MEGABYTES};
    return aq_library_status(AQ_OK, error);
}

void avqa_free(Avqa **a)
{
    if (*a)
        aq_free((*a)->decoder);
    aq_free(*a);
    *a = NULL;
}

static AqErr set_decoder(Avqa *a, const char *path)
{
    char *copy = aq_strdup(path);

    if (!copy)
        return AQ_ERR_NOMEM;
    aq_free(a->decoder);
    a->decoder = copy;
    return AQ_OK;
}

AvqaStatus avqa_set(Avqa *a, const char *name, const char *value, AvqaError *error)
{
    if (strcmp(name, "decoder") == 0)
        return aq_library_status(set_decoder(a, value), error);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        if (strcmp(name, numbers[k].name) == 0)
            return aq_library_status(
                aq_parse_int(name, value, numbers[k].least, numbers[k].most,
                             (int *)(void *)((char *)a + numbers[k].at)),
                error);
    return aq_library_status(
        aq_fail(AQ_ERR_USAGE,
                "there is no setting '%s'; there are threads, max-seconds, "
                "audio-track, clip-timeout, clip-memory and decoder",
                name),
        error);
}

void avqa_stop_if(Avqa *a, int (*stop)(void *context), void *context)
{
    a->stop = stop;
    a->stop_context = context;
}
