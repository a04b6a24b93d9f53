/* SPDX-License-Identifier: MIT */
#include "extract/media/audio_file.h"

#include "base/alloc.h"
#include "extract/media/bytes.h"

#include <math.h>
#include <sndfile.h>
#include <string.h>

#define MOST_US 1e15 /* more is a damaged header */
enum { MAX_CHANNELS = 256, BLOCK = 4096 };

struct AqAudioFile {
    char *path;
    AqBytes bytes;
    SNDFILE *f;
    SF_INFO info;
    float *block; /* (BLOCK, channels) */
};

static sf_count_t bytes_size(void *b)
{
    return aq_bytes_size(b);
}

static sf_count_t bytes_seek(sf_count_t to, int whence, void *b)
{
    return aq_bytes_seek(b, to, whence);
}

static sf_count_t bytes_read(void *to, sf_count_t most, void *b)
{
    const int64_t n = most > 0 ? aq_bytes_read(b, to, (size_t)most) : 0;

    return n > 0 ? n : 0;
}

static sf_count_t bytes_write(const void *from, sf_count_t n, void *b)
{
    (void)from;
    (void)n;
    (void)b;
    return 0;
}

static sf_count_t bytes_tell(void *b)
{
    return ((const AqBytes *)b)->at;
}

static AqErr cannot_read(const char *path, const AqBytes *b)
{
    return aq_fail(AQ_ERR_IO, "%s: cannot be read: %s", path, strerror(b->fault));
}

AqErr aq_audio_file_open(AqAudioFile **out, const char *path, int fd)
{
    static SF_VIRTUAL_IO io = {.get_filelen = bytes_size,
                               .seek = bytes_seek,
                               .read = bytes_read,
                               .write = bytes_write,
                               .tell = bytes_tell};

    *out = NULL;
    AqAudioFile *a = aq_alloc(1, sizeof *a);
    if (!a)
        return AQ_ERR_NOMEM;
    AqErr err = AQ_OK;
    a->bytes.fd = fd;
    a->f = sf_open_virtual(&io, SFM_READ, &a->info, &a->bytes);
    if (a->bytes.fault)
        err = cannot_read(path, &a->bytes);
    else if (!a->f)
        err = aq_fail(AQ_ERR_MEDIA, "%s: %s", path, sf_strerror(NULL));
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

int aq_audio_file_channels(const AqAudioFile *a)
{
    return a->info.channels;
}

int64_t aq_audio_file_us(const AqAudioFile *a)
{
    const double us =
        a->info.samplerate > 0 ? (double)a->info.frames / a->info.samplerate * 1e6 : 0;

    return (int64_t)fmax(0, fmin(us, MOST_US));
}

AqErr aq_audio_file_read(AqAudioFile *a, float *mono, int n, int *got)
{
    const int C = a->info.channels;
    const sf_count_t r = sf_readf_float(a->f, a->block, n < BLOCK ? n : BLOCK);

    *got = (int)r;
    if (a->bytes.fault)
        return cannot_read(a->path, &a->bytes);
    for (int k = 0; k < *got; k++) {
        double sum = 0;

        for (int c = 0; c < C; c++)
            sum += (double)a->block[k * C + c];
        mono[k] = isfinite(sum) ? (float)(sum / C) : 0.0f;
    }
    return AQ_OK;
}
