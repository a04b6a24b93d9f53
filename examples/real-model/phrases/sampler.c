/* SPDX-License-Identifier: MIT */
/*
 * A note is the recording that is nearest in pitch, read faster or slower; behind its
 * end it fades, as a string or a pipe does when it is let go.
 */
#include "examples/real-model/phrases/sampler.h"

#include "base/alloc.h"
#include "base/text/text.h"

#include <dirent.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_NOTES = 128,
    MOST_FRAMES = 1 << 24,
    REACH = 5, /* semitones past the outermost recording */
    OCTAVE_KEYS = 12,
    NOT_A_NOTE = -1000
};
#define SLIDE_SECONDS 0.06 /* in which a bend falls to 1/e */

typedef struct SampledNote {
    int key, n;
    float *sound;
} SampledNote;

typedef struct SampledInstrument {
    char *name;
    int n;
    SampledNote note[MOST_NOTES]; /* by key */
} SampledInstrument;

struct AqSampler {
    int rate, n;
    SampledInstrument *of;
};

/* How a phrase is played. */
typedef struct Touch {
    double tune, release;          /* semitones; seconds */
    double vibrato, vibrato_hertz; /* semitones */
} Touch;

/* "As3.wav" is key 58. NOT_A_NOTE: another name. */
static int key_of_name(const char *name)
{
    static const int of_letter[] = {9, 11, 0, 2, 4, 5, 7};
    char *end;

    if (name[0] < 'A' || name[0] > 'G')
        return NOT_A_NOTE;
    const int sharp = name[1] == 's';
    const long octave = strtol(name + 1 + sharp, &end, 10);
    if (end == name + 1 + sharp || octave < 0 || octave > 9)
        return NOT_A_NOTE;
    return of_letter[name[0] - 'A'] + sharp + OCTAVE_KEYS * (int)(octave + 1);
}

static AqErr read_note(SampledNote *note, const char *path, int rate)
{
    SF_INFO info = {0};
    SNDFILE *f = sf_open(path, SFM_READ, &info);
    AqErr err = AQ_OK;

    if (!f)
        return aq_fail(AQ_ERR_MEDIA, "%s: %s", path, sf_strerror(NULL));
    if (info.samplerate != rate || info.channels != 1 || info.frames < 2 ||
        info.frames > MOST_FRAMES)
        err = aq_fail(AQ_ERR_MEDIA,
                      "%s: has %d channels of %d Hz, and %ld samples; a note is one of "
                      "%d Hz, and not empty",
                      path, info.channels, info.samplerate, (long)info.frames, rate);
    if (err == AQ_OK) {
        note->n = (int)info.frames;
        note->sound = aq_alloc((size_t)note->n, sizeof *note->sound);
        err = note->sound ? AQ_OK : AQ_ERR_NOMEM;
    }
    if (err == AQ_OK && sf_readf_float(f, note->sound, note->n) != note->n)
        err = aq_fail(AQ_ERR_MEDIA, "%s: ends before its header says", path);
    (void)sf_close(f);
    return err;
}

static int compare_notes(const void *a, const void *b)
{
    return ((const SampledNote *)a)->key - ((const SampledNote *)b)->key;
}

static AqErr add_recording(SampledInstrument *to, const char *folder, const char *file,
                           int rate)
{
    const int key = key_of_name(file);
    char *path;
    AqErr err;

    if (key == NOT_A_NOTE || to->n == MOST_NOTES)
        return AQ_OK;
    path = aq_strf("%s/%s", folder, file);
    to->note[to->n].key = key;
    err = path ? read_note(&to->note[to->n++], path, rate) : AQ_ERR_NOMEM;
    aq_free(path);
    return err;
}

/* A folder that is not there is no instrument. */
static AqErr load_instrument(AqSampler *s, const char *dir, const char *name)
{
    SampledInstrument *to = &s->of[s->n];
    char *folder = aq_strf("%s/%s", dir, name);
    DIR *d = folder ? opendir(folder) : NULL;
    AqErr err = folder ? AQ_OK : AQ_ERR_NOMEM;

    if (d) {
        s->n++;
        to->name = aq_strf("%s", name);
        err = to->name ? AQ_OK : AQ_ERR_NOMEM;
        for (const struct dirent *e; err == AQ_OK && (e = readdir(d));)
            err = add_recording(to, folder, e->d_name, s->rate);
        (void)closedir(d);
        if (err == AQ_OK && to->n == 0)
            err = aq_fail(AQ_ERR_NOT_FOUND, "%s: has no files named by notes", folder);
        /* The order of a folder is nobody's choice; that of equal keys does not matter,
         * as a key has one file. */
        qsort(to->note, (size_t)to->n, sizeof *to->note, compare_notes);
    }
    aq_free(folder);
    return err;
}

AqErr aq_sampler_new(AqSampler **out, const char *dir, int rate)
{
    AqSampler *s = *out = aq_alloc(1, sizeof *s);
    AqErr err = s ? AQ_OK : AQ_ERR_NOMEM;
    int named = 0;

    if (!s)
        return err;
    s->rate = rate;
    while (aq_voice_samples(named))
        named++;
    s->of = aq_alloc((size_t)named, sizeof *s->of);
    if (!s->of)
        err = AQ_ERR_NOMEM;
    for (int k = 0; err == AQ_OK && k < named; k++)
        err = load_instrument(s, dir, aq_voice_samples(k));
    if (err == AQ_OK && s->n == 0)
        err = aq_fail(AQ_ERR_NOT_FOUND,
                      "%s: has no folder of an instrument (violin, ...)", dir);
    if (err != AQ_OK)
        aq_sampler_free(out);
    return err;
}

void aq_sampler_free(AqSampler **sp)
{
    AqSampler *s = *sp;

    if (!s)
        return;
    for (int k = 0; s->of && k < s->n; k++) {
        for (int note = 0; note < s->of[k].n; note++)
            aq_free(s->of[k].note[note].sound);
        aq_free(s->of[k].name);
    }
    aq_free(s->of);
    aq_free(s);
    *sp = NULL;
}

static const SampledInstrument *find_sampled(const AqSampler *s, const char *name)
{
    for (int k = 0; s && name && k < s->n; k++)
        if (strcmp(s->of[k].name, name) == 0)
            return &s->of[k];
    return NULL;
}

int aq_sampler_has(const AqSampler *s, const AqVoiceKind *v)
{
    for (int k = 0; k < AQ_VOICE_SAMPLES; k++)
        if (find_sampled(s, v->samples[k]))
            return 1;
    return 0;
}

/* ---- playing ---- */

static const SampledInstrument *draw_sampled(const AqSampler *s, const AqVoiceKind *v,
                                             AqRng *r)
{
    const SampledInstrument *found = NULL;
    unsigned n = 0;

    for (int k = 0; k < AQ_VOICE_SAMPLES; k++) {
        const SampledInstrument *one = find_sampled(s, v->samples[k]);

        if (one && aq_rng_below(r, ++n) == 0)
            found = one;
    }
    return found;
}

static int key_in_reach(const SampledInstrument *of, int key)
{
    while (key < of->note[0].key - REACH)
        key += OCTAVE_KEYS;
    while (key > of->note[of->n - 1].key + REACH)
        key -= OCTAVE_KEYS;
    return key;
}

/* The nearest recording, now and then the one beside it. */
static const SampledNote *choose_recording(const SampledInstrument *of, int key,
                                           AqRng *r)
{
    int best = 0;

    for (int k = 1; k < of->n; k++)
        if (abs(of->note[k].key - key) < abs(of->note[best].key - key))
            best = k;
    if (aq_rng_uniform(r) < 0.25) {
        const int beside = best + (of->note[best].key < key ? 1 : -1);

        if (beside >= 0 && beside < of->n && abs(of->note[beside].key - key) <= REACH)
            best = beside;
    }
    return &of->note[best];
}

static Touch draw_touch(AqRng *r)
{
    return (Touch){.tune = aq_rng_range(r, -0.4, 0.4),
                   .release = 0.03 * pow(10, aq_rng_uniform(r)),
                   .vibrato = aq_rng_uniform(r) < 0.7 ? 0 : aq_rng_range(r, 0.05, 0.3),
                   .vibrato_hertz = aq_rng_range(r, 4.5, 6.5)};
}

static void play_recording(const SampledNote *from, const AqScoreNote *note, int key,
                           const Touch *touch, int rate, float *out, int n)
{
    const double gain = pow(note->velocity / 127.0, 1.5),
                 still = key - from->key + touch->tune;
    const int on = (int)(note->on * rate);
    double at = 0;

    for (int t = on; t < n && at < from->n - 1; t++) {
        const double now = (double)(t - on) / rate, past = (double)t / rate - note->off,
                     let_go = past > 0 ? exp(-past / touch->release) : 1,
                     pitch = still - note->bend * exp(-now / SLIDE_SECONDS) +
                             touch->vibrato *
                                 sin(2 * 3.14159265358979 * touch->vibrato_hertz * now);
        const int k = (int)at;
        const float part = (float)(at - k);

        if (let_go < 1e-4)
            return;
        if (t >= 0)
            out[t] += (float)(gain * let_go) *
                      (from->sound[k] * (1 - part) + from->sound[k + 1] * part);
        at += pow(2, pitch / OCTAVE_KEYS);
    }
}

void aq_sampler_play(const AqSampler *s, const AqVoiceKind *v, const AqScore *score,
                     AqRng *r, float *out, int n)
{
    const SampledInstrument *of = draw_sampled(s, v, r);
    const Touch touch = draw_touch(r);

    memset(out, 0, (size_t)n * sizeof *out);
    for (int k = 0; of && k < score->n; k++) {
        const int key = key_in_reach(of, score->note[k].key);

        play_recording(choose_recording(of, key, r), &score->note[k], key, &touch,
                       s->rate, out, n);
    }
}
