/* SPDX-License-Identifier: MIT */
/* Sound and pictures as they are, in the calling thread. */
#include "pipeline/library/library_priv.h"

#include "base/alloc.h"

typedef struct WholeDecode {
    const Avqa *a;
    const AvqaReceiver *to;
    int rate;
    float samples[AVQA_RATE];
} WholeDecode;

static AqErr give_whole(void *ctx, const AqGlimpse *g)
{
    WholeDecode *d = ctx;
    int stop = 0;

    if (g->modality == AQ_AUDIO && d->to->sound) {
        for (int k = 0; k < AVQA_RATE; k++)
            d->samples[k] = (float)g->pcm[k] / 32768;
        stop = d->to->sound(d->to->context, g->second, d->samples);
    } else if (g->modality == AQ_VISUAL && d->to->picture) {
        stop = d->to->picture(d->to->context, (double)g->second / d->rate, g->rgb,
                              g->width, g->height, (size_t)g->stride);
    }
    return stop ? aq_fail(AQ_ERR_CANCELLED, "stopped by the receiver") : AQ_OK;
}

static int is_whole_stopped(void *ctx)
{
    const WholeDecode *d = ctx;

    return aq_library_stopped((void *)(uintptr_t)d->a);
}

static AqErr check_receiver(const AvqaReceiver *to, int rate)
{
    if (to->size != sizeof *to)
        return aq_fail(AQ_ERR_USAGE, "an AvqaReceiver says its size: set it to "
                                     "sizeof(AvqaReceiver)");
    if (!aq_rows_are_valid((AqRowPlan){.per_second = rate}))
        return aq_fail(AQ_ERR_USAGE, "%d pictures a second: there are 1, 2, 4, 5 or 8",
                       rate);
    return AQ_OK;
}

static AqErr decode_whole(const Avqa *a, const char *path, int rate,
                          const AvqaReceiver *to)
{
    const AqDecoderBounds bounds = aq_library_bounds(a);
    WholeDecode *d = aq_alloc(1, sizeof *d);
    const AqDecodePlan plan = {.max_seconds = a->max_seconds,
                               .audio_track = a->audio_track,
                               .cancelled = is_whole_stopped,
                               .see = give_whole,
                               .whole_rate = rate,
                               .ctx = d};
    AqDecoder *decoder = NULL;
    AqDecoded decoded = {0};

    if (!d)
        return AQ_ERR_NOMEM;
    d->a = a;
    d->to = to;
    d->rate = rate;
    AqErr err = check_receiver(to, rate);
    if (err == AQ_OK)
        err = aq_decoder_new(&decoder, &bounds);
    if (err == AQ_OK)
        err = aq_decoder_clip(decoder, &decoded, path, &plan);
    aq_decoded_clear(&decoded);
    aq_decoder_free(&decoder);
    aq_free(d);
    return err;
}

AvqaStatus avqa_decode(const Avqa *a, const char *path, int pictures_per_second,
                       const AvqaReceiver *to, AvqaError *error)
{
    void *before = aq_library_locale();
    const AqErr err = before ? decode_whole(a, path, pictures_per_second, to)
                             : aq_fail(AQ_ERR_NOMEM, "out of memory");

    aq_library_locale_back(before);
    return aq_library_status(err, error);
}
