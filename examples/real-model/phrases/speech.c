/* SPDX-License-Identifier: MIT */
#include "examples/real-model/phrases/speech.h"

#include "base/alloc.h"
#include "examples/real-model/phrases/synth.h"

#include <sndfile.h>

enum { MOST_SAMPLES = 1 << 30 };

static AqErr read_speech(AqSpeech *s, SNDFILE *f, const SF_INFO *info, const char *path)
{
    const int n = (int)info->frames, need = s->n + n;

    if (need > s->room) {
        const int room = need > 2 * s->room ? need : 2 * s->room;
        float *samples = aq_realloc(s->samples, (size_t)room, sizeof *samples);

        if (!samples)
            return AQ_ERR_NOMEM;
        s->samples = samples;
        s->room = room;
    }
    if (sf_readf_float(f, s->samples + s->n, n) != n)
        return aq_fail(AQ_ERR_MEDIA, "%s: ends before its header says", path);
    s->n += n;
    return AQ_OK;
}

AqErr aq_speech_add(AqSpeech *s, const char *path)
{
    SF_INFO info = {0};
    SNDFILE *f = sf_open(path, SFM_READ, &info);

    if (!f)
        return aq_fail(AQ_ERR_MEDIA, "%s: %s", path, sf_strerror(NULL));
    AqErr err = AQ_OK;
    if (info.samplerate != AQ_PHRASES_RATE || info.channels != 1)
        err = aq_fail(AQ_ERR_MEDIA,
                      "%s: has %d channels of %d Hz; speech is taken from one of %d Hz",
                      path, info.channels, info.samplerate, AQ_PHRASES_RATE);
    else if (info.frames < 1 || info.frames > MOST_SAMPLES / 2 - s->n)
        err = aq_fail(AQ_ERR_MEDIA, "%s: is empty, or there is too much speech", path);
    else
        err = read_speech(s, f, &info, path);
    (void)sf_close(f);
    return err;
}

void aq_speech_clear(AqSpeech *s)
{
    aq_free(s->samples);
    *s = (AqSpeech){0};
}

void aq_speech_take(const AqSpeech *s, AqRng *r, float *out, int n)
{
    const unsigned from = aq_rng_below(r, (unsigned)s->n);

    for (int k = 0; k < n; k++)
        out[k] = s->samples[(from + (unsigned)k) % (unsigned)s->n];
}
