/* SPDX-License-Identifier: MIT */
/*
 * Onsets by spectral flux (Bello et al., "A tutorial on onset detection in music
 * signals", 2005): the sum of log-magnitude increases since the previous window over 40
 * frequencies; peaks above a threshold that follows the mean.
 */
#include "examples/toyband/recording.h"

#include "base/alloc.h"

#include <math.h>
#include <sndfile.h>
#include <string.h>

enum { WINDOW = 1024, HOP = 512, BANDS = 40, AROUND = 8 };
#define PI        3.14159265358979323846
#define LOWEST_HZ 110.0
#define STEP      1.125893 /* 40 steps from 110 Hz to about 11 kHz */
#define FADE      0.012    /* seconds */

/* ---- reading ---- */

typedef struct Bytes {
    const unsigned char *at;
    sf_count_t n, pos;
} Bytes;

static sf_count_t sound_length(void *ctx)
{
    return ((Bytes *)ctx)->n;
}

static sf_count_t sound_seek(sf_count_t to, int whence, void *ctx)
{
    Bytes *b = ctx;

    b->pos = to + (whence == SEEK_CUR ? b->pos : whence == SEEK_END ? b->n : 0);
    return b->pos;
}

static sf_count_t sound_read(void *to, sf_count_t n, void *ctx)
{
    Bytes *b = ctx;
    const sf_count_t left = b->pos < b->n ? b->n - b->pos : 0,
                     some = n < left ? n : left;

    memcpy(to, b->at + b->pos, (size_t)some);
    b->pos += some;
    return some;
}

static sf_count_t sound_tell(void *ctx)
{
    return ((Bytes *)ctx)->pos;
}

static AqErr read_mono(AqToyRecording *out, const char *name, SNDFILE *f,
                       const SF_INFO *info)
{
    const size_t n = (size_t)info->frames, c = (size_t)info->channels;
    float *all = aq_alloc(n * c, sizeof *all);

    out->samples = aq_alloc(n, sizeof *out->samples);
    if (!all || !out->samples) {
        aq_free(all);
        return AQ_ERR_NOMEM;
    }
    out->n = (int)sf_readf_float(f, all, info->frames);
    for (size_t k = 0; k < (size_t)out->n; k++) {
        out->samples[k] = 0;
        for (size_t j = 0; j < c; j++)
            out->samples[k] += all[k * c + j] / (float)c;
    }
    aq_free(all);
    return out->n > WINDOW ? AQ_OK
                           : aq_fail(AQ_ERR_MEDIA,
                                     "%s: the recording is too short to take notes "
                                     "from",
                                     name);
}

/* ---- onsets ---- */

/* log(1 + magnitude) of each band in the window at `x`. */
static void spectrum(const float *x, double out[BANDS])
{
    double hz = LOWEST_HZ;

    for (int b = 0; b < BANDS; b++, hz *= STEP) {
        const double w = 2 * PI * hz / AQ_TOY_RATE, c = 2 * cos(w);
        double s1 = 0, s2 = 0; /* Goertzel's recurrence */

        for (int k = 0; k < WINDOW; k++) {
            const double hann = 0.5 - 0.5 * cos(2 * PI * k / WINDOW),
                         s0 = hann * (double)x[k] + c * s1 - s2;
            s2 = s1;
            s1 = s0;
        }
        out[b] = log1p(20 * sqrt(fmax(0, s1 * s1 + s2 * s2 - c * s1 * s2)));
    }
}

static void find_onsets(AqToyRecording *r, const double *flux, int n)
{
    const int apart = (int)(0.07 * AQ_TOY_RATE);

    for (int k = 1; k + 1 < n && r->n_onsets < AQ_TOY_ONSETS; k++) {
        double mean = 0;
        int count = 0, at = k * HOP;

        for (int j = k - AROUND; j <= k + AROUND; j++)
            if (j >= 0 && j < n) {
                mean += flux[j];
                count++;
            }
        if (flux[k] < 1.6 * mean / count + 1.0 || flux[k] < flux[k - 1] ||
            flux[k] <= flux[k + 1])
            continue;
        if (r->n_onsets == 0 || at - r->onset[r->n_onsets - 1] >= apart)
            r->onset[r->n_onsets++] = at;
    }
    if (r->n_onsets == 0) /* one long note */
        r->onset[r->n_onsets++] = 0;
}

static AqErr mark_onsets(AqToyRecording *r)
{
    const int n = (r->n - WINDOW) / HOP + 1;
    double *flux = aq_alloc((size_t)n, sizeof *flux), now[BANDS], last[BANDS] = {0};

    if (!flux)
        return AQ_ERR_NOMEM;
    for (int k = 0; k < n; k++) {
        spectrum(r->samples + (size_t)k * HOP, now);
        flux[k] = 0;
        for (int b = 0; b < BANDS; b++)
            flux[k] += fmax(0, now[b] - last[b]);
        memcpy(last, now, sizeof last);
    }
    find_onsets(r, flux, n);
    aq_free(flux);
    return AQ_OK;
}

AqErr aq_toy_recording_read(AqToyRecording *out, const char *name,
                            const unsigned char *bytes, size_t n)
{
    SF_VIRTUAL_IO io = {sound_length, sound_seek, sound_read, NULL, sound_tell};
    Bytes b = {bytes, (sf_count_t)n, 0};
    SF_INFO info = {0};
    SNDFILE *f = sf_open_virtual(&io, SFM_READ, &info, &b);

    *out = (AqToyRecording){0};
    if (!f)
        return aq_fail(AQ_ERR_MEDIA, "%s: %s", name, sf_strerror(NULL));
    AqErr err = info.samplerate == AQ_TOY_RATE && info.frames < 600L * AQ_TOY_RATE
                    ? read_mono(out, name, f, &info)
                    : aq_fail(AQ_ERR_MEDIA, "%s: is not at %d Hz, or is too long", name,
                              AQ_TOY_RATE);
    (void)sf_close(f);
    if (err == AQ_OK)
        err = mark_onsets(out);
    if (err != AQ_OK)
        aq_toy_recording_clear(out);
    return err;
}

void aq_toy_recording_clear(AqToyRecording *r)
{
    aq_free(r->samples);
    *r = (AqToyRecording){0};
}

/* ---- playing ---- */

/* Plays one note: from onset k to the next onset or the note's end. */
static void play_note(const AqToyRecording *rec, int k, double speed, int from, int to,
                      float *out)
{
    const int start = rec->onset[k];
    const int stop = k + 1 < rec->n_onsets ? rec->onset[k + 1] - HOP : rec->n - 1;
    const double there = fmax(0, stop - start) / speed;
    const int n = to - from < (int)there ? to - from : (int)there;
    const double fade = FADE * AQ_TOY_RATE;

    for (int j = 0; j < n; j++) {
        const double at = start + j * speed;
        const int i = (int)at;

        if (i + 1 >= rec->n)
            break;
        const double part = at - i, x = (1 - part) * (double)rec->samples[i] +
                                        part * (double)rec->samples[i + 1];
        const double slope = fmin(1, fmin((j + 1) / (fade / 4), (n - j) / fade));
        out[from + j] += (float)(slope * x);
    }
}

void aq_toy_recording_play(const AqToyRecording *rec, const AqToyPlayer *p,
                           double semitones, AqRng *r, float *out, int n)
{
    const double speed = pow(2, semitones / 12);
    double last = -1;

    memset(out, 0, (size_t)n * sizeof *out);
    for (int k = 0; k < p->n_notes; k++) {
        const int from = (int)(p->note[k].on * AQ_TOY_RATE),
                  to = (int)(p->note[k].off * AQ_TOY_RATE);

        if (p->note[k].on <= last || to > n) /* a chord's other notes */
            continue;
        last = p->note[k].on;
        play_note(rec, (int)aq_rng_below(r, (unsigned)rec->n_onsets), speed, from, to,
                  out);
    }
}
