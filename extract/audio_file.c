/* SPDX-License-Identifier: MIT */
#include "extract/audio_file.h"

#include "base/alloc.h"

#include <math.h>
#include <sndfile.h>
#include <unistd.h>

enum { MAX_CHANNELS = 256, BLOCK = 4096 };

struct AqAudioFile {
    char *path;
    SNDFILE *f;
    SF_INFO info;
    float *block; /* (BLOCK, channels) */
};

AqErr aq_audio_file_open(AqAudioFile **out, const char *path, int fd)
{
    *out = NULL;
    AqAudioFile *a = aq_alloc(1, sizeof *a);
    if (!a)
        return AQ_ERR_NOMEM;
    AqErr err = AQ_OK;
    if (lseek(fd, 0, SEEK_SET) == 0)
        a->f = sf_open_fd(fd, SFM_READ, &a->info, SF_FALSE);
    if (!a->f)
        err = aq_fail(sf_error(NULL) == SF_ERR_SYSTEM ? AQ_ERR_IO : AQ_ERR_MEDIA,
                      "%s: %s", path, sf_strerror(NULL));
    else if (a->info.channels < 1 || a->info.channels > MAX_CHANNELS)
        err = aq_fail(AQ_ERR_MEDIA, "%s: has %d channels", path, a->info.channels);
    else if (!(a->path = aq_strdup(path)) ||
             !(a->block = aq_alloc((size_t)BLOCK * (size_t)a->info.channels,
                                   sizeof *a->block)))
        err = AQ_ERR_NOMEM;
    if (err != AQ_OK) {
        aq_audio_file_close(&a);
        return err;
    }
    *out = a;
    return AQ_OK;
}

void aq_audio_file_close(AqAudioFile **ap)
{
    AqAudioFile *a = *ap;

    if (!a)
        return;
    if (a->f)
        (void)sf_close(a->f); /* read only */
    aq_free(a->block);
    aq_free(a->path);
    aq_free(a);
    *ap = NULL;
}

int aq_audio_file_rate(const AqAudioFile *a)
{
    return a->info.samplerate;
}

AqErr aq_audio_file_read(AqAudioFile *a, float *mono, int n, int *got)
{
    const int C = a->info.channels;
    const sf_count_t r = sf_readf_float(a->f, a->block, n < BLOCK ? n : BLOCK);

    *got = (int)r;
    if (sf_error(a->f) == SF_ERR_SYSTEM)
        return aq_fail(AQ_ERR_IO, "%s: cannot be read: %s", a->path, sf_strerror(a->f));
    for (int k = 0; k < *got; k++) {
        double sum = 0;

        for (int c = 0; c < C; c++)
            sum += (double)a->block[k * C + c];
        mono[k] = isfinite(sum) ? (float)(sum / C) : 0.0f;
    }
    return AQ_OK;
}
