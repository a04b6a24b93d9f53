/* SPDX-License-Identifier: MIT */
/*
 * One sound track on the clip's clock: averages the channels, resamples to 16 kHz by
 * libswresample with every option pinned, and places samples by timestamp.
 */
#include "extract/media/media_priv.h"

#include "base/alloc.h"

#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <math.h>
#include <string.h>

enum { BLOCK = 4096 };

AqErr aq_track_init(AqTrack *t, int most_seconds)
{
    *t = (AqTrack){.most = (int64_t)most_seconds * AQ_MEDIA_RATE};
    t->real = aq_alloc((size_t)most_seconds, 1);
    return t->real ? AQ_OK : AQ_ERR_NOMEM;
}

void aq_track_clear(AqTrack *t)
{
    swr_free(&t->swr);
    aq_free(t->mono);
    aq_free(t->pcm);
    aq_free(t->real);
    *t = (AqTrack){0};
}

static double read_sample(const uint8_t *p, enum AVSampleFormat packed, int at)
{
    switch (packed) {
    case AV_SAMPLE_FMT_U8:
        return (p[at] - 128) / 128.0;
    case AV_SAMPLE_FMT_S16:
        return ((const int16_t *)(const void *)p)[at] / 32768.0;
    case AV_SAMPLE_FMT_S32:
        return ((const int32_t *)(const void *)p)[at] / 2147483648.0;
    case AV_SAMPLE_FMT_S64:
        return (double)((const int64_t *)(const void *)p)[at] / 9223372036854775808.0;
    case AV_SAMPLE_FMT_FLT:
        return (double)((const float *)(const void *)p)[at];
    default:
        return ((const double *)(const void *)p)[at];
    }
}

AqErr aq_track_mix(const AVFrame *f, float *out)
{
    const enum AVSampleFormat format = f->format;
    const enum AVSampleFormat packed = av_get_packed_sample_fmt(format);
    const int planar = av_sample_fmt_is_planar(format), n = f->ch_layout.nb_channels;

    if (packed == AV_SAMPLE_FMT_NONE || n < 1)
        return aq_fail(AQ_ERR_UNSUPPORTED, "sound of %d channels in an unknown format",
                       n);
    for (int k = 0; k < f->nb_samples; k++) {
        double sum = 0;

        for (int c = 0; c < n; c++)
            sum += planar ? read_sample(f->extended_data[c], packed, k)
                          : read_sample(f->extended_data[0], packed, k * n + c);
        out[k] = isfinite(sum) ? (float)(sum / n) : 0.0f;
    }
    return AQ_OK;
}

/* ---- output ---- */

static AqErr reserve_pcm(AqTrack *t, int64_t n)
{
    if (t->n + n <= t->room)
        return AQ_OK;
    int64_t room = t->room ? t->room * 2 : 16L * AQ_MEDIA_RATE;
    while (room < t->n + n)
        room *= 2;
    int16_t *p = aq_realloc(t->pcm, (size_t)room, sizeof *p);
    if (!p)
        return AQ_ERR_NOMEM;
    t->pcm = p;
    t->room = room;
    return AQ_OK;
}

static AqErr append_pcm(AqTrack *t, const float *v, int64_t n)
{
    if (n > t->most - t->n)
        n = t->most - t->n;
    const AqErr err = reserve_pcm(t, n);
    for (int64_t k = 0; err == AQ_OK && k < n; k++) {
        const double s = rint((double)v[k] * 32768.0);

        t->pcm[t->n++] = (int16_t)fmax(-32768.0, fmin(32767.0, s));
    }
    return err;
}

static AqErr resample_block(AqTrack *t, const float *in, int n)
{
    float out[BLOCK];
    const uint8_t *src = (const uint8_t *)in;

    if (!t->swr)
        return in ? append_pcm(t, in, n) : AQ_OK;
    for (;;) {
        uint8_t *dst = (uint8_t *)out;
        const int got = swr_convert(t->swr, &dst, BLOCK, in ? &src : NULL, in ? n : 0);

        if (got < 0)
            return aq_fail(AQ_ERR_MEDIA, "the sound cannot be resampled");
        const AqErr err = append_pcm(t, out, got);
        if (err != AQ_OK || got < BLOCK)
            return err;
        /* drains what it holds without more input; not a flush */
        src = (const uint8_t *)in;
        n = 0;
    }
}

AqErr aq_track_flush(AqTrack *t)
{
    return resample_block(t, NULL, 0);
}

static AqErr set_rate(AqTrack *t, int rate)
{
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;

    if (t->rate == rate)
        return AQ_OK;
    const AqErr err = t->rate ? aq_track_flush(t) : AQ_OK;
    if (err != AQ_OK)
        return err;
    swr_free(&t->swr);
    t->rate = rate;
    if (rate == AQ_MEDIA_RATE)
        return AQ_OK;
    if (swr_alloc_set_opts2(&t->swr, &mono, AV_SAMPLE_FMT_FLT, AQ_MEDIA_RATE, &mono,
                            AV_SAMPLE_FMT_FLT, rate, 0, NULL) < 0)
        return aq_fail(AQ_ERR_NOMEM, "out of memory");
    (void)av_opt_set_int(t->swr, "filter_size", 32, 0);
    (void)av_opt_set_int(t->swr, "phase_shift", 10, 0);
    (void)av_opt_set_int(t->swr, "linear_interp", 0, 0);
    (void)av_opt_set_int(t->swr, "exact_rational", 1, 0);
    (void)av_opt_set_double(t->swr, "cutoff", 0.97, 0);
    (void)av_opt_set_int(t->swr, "dither_method", SWR_DITHER_NONE, 0);
    if (swr_init(t->swr) < 0)
        return aq_fail(AQ_ERR_MEDIA, "sound at %d Hz cannot be resampled", rate);
    return AQ_OK;
}

/* ---- placing ---- */

static AqErr append_silence(AqTrack *t, int64_t n)
{
    static const float zeros[BLOCK];
    AqErr err = AQ_OK;

    while (err == AQ_OK && n > 0 && !aq_track_full(t)) {
        const int some = n < BLOCK ? (int)n : BLOCK;
        err = resample_block(t, zeros, some);
        n -= some;
    }
    return err;
}

static void mark_real(AqTrack *t, int64_t from_us, int64_t to_us)
{
    const int64_t most = t->most / AQ_MEDIA_RATE;

    for (int64_t s = from_us / 1000000; s < most && s * 1000000 < to_us; s++)
        t->real[s] = 1;
    if (to_us > t->end_us)
        t->end_us = to_us;
}

AqErr aq_track_add(AqTrack *t, float *mono, int n, int rate, int64_t at_us)
{
    if (rate < 1 || rate > 10000000)
        return aq_fail(AQ_ERR_MEDIA, "sound at %d Hz", rate);
    AqErr err = set_rate(t, rate);
    if (err != AQ_OK)
        return err;
    const int64_t made_us =
        t->n * 1000000 / AQ_MEDIA_RATE + (t->swr ? swr_get_delay(t->swr, 1000000) : 0);
    if (at_us == AQ_TRACK_NEXT)
        at_us = made_us;
    const int64_t ahead = at_us - made_us;
    if (ahead >= AQ_MEDIA_GAP_US) {
        t->n_gaps += made_us > 0;
        err = append_silence(t, ahead * rate / 1000000);
    } else if (ahead <= -AQ_MEDIA_GAP_US) {
        const int64_t drop = -ahead * rate / 1000000;

        t->n_overlaps++;
        if (drop >= n)
            return AQ_OK;
        mono += drop;
        n -= (int)drop;
        at_us += drop * 1000000 / rate;
    }
    if (err != AQ_OK || aq_track_full(t))
        return err;
    mark_real(t, at_us < 0 ? 0 : at_us, at_us + (int64_t)n * 1000000 / rate);
    return resample_block(t, mono, n);
}
