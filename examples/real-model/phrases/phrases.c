/* SPDX-License-Identifier: MIT */
/*
 * phrases: sound to teach a network what instruments sound like. Files of a quarter of
 * an hour, each with what is heard in each of its seconds, made from soundfonts. The
 * same seed gives the same files, and file k does not depend on how many there are.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/options/parse.h"
#include "base/options/print.h"
#include "base/text/text.h"
#include "examples/real-model/phrases/phrase.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>

enum { FILE_PHRASES = 112 }; /* at most */

typedef struct PhrasesArgs {
    const char *out, *samples;
    int files, first, seed, phrases;
    AqTextList fonts, speech, rest;
} PhrasesArgs;

#define AT(field) offsetof(PhrasesArgs, field)

static const AqOption options[] = {
    {"out", .type = AQ_OPTION_TEXT, .hint = AQ_HINT_FOLDER, .at = AT(out), .arg = "DIR",
     .help = "where to write"},
    {"font", .type = AQ_OPTION_TEXTS, .hint = AQ_HINT_FILE, .at = AT(fonts),
     .arg = "FILE", .help = "a General MIDI soundfont; may be given up to eight times"},
    {"samples", .type = AQ_OPTION_TEXT, .hint = AQ_HINT_FOLDER, .at = AT(samples),
     .arg = "DIR", .help = "recordings of notes, DIR/violin/A3.wav, mono, 32 kHz"},
    {"speech", .type = AQ_OPTION_LIST, .hint = AQ_HINT_FILE, .at = AT(speech),
     .arg = "FILE ...", .help = "recordings of speech, mono, 16 kHz"},
    {"files", .type = AQ_OPTION_INT, .at = AT(files), .least = 1, .most = 10000,
     .help = "how many files"},
    {"phrases", .type = AQ_OPTION_INT, .at = AT(phrases), .least = 1,
     .most = FILE_PHRASES, .help = "of eight seconds, in a file"},
    {"first", .type = AQ_OPTION_INT, .at = AT(first), .least = 0, .most = 10000,
     .help = "number of the first"},
    {"seed", .type = AQ_OPTION_INT, .at = AT(seed), .least = 0, .most = 0x7fffffff,
     .help = "the same seed gives the same files"},
    {"help", 'h', AQ_OPTION_HELP, .help = "show this help"},
    {0}};

static const PhrasesArgs defaults = {.files = 1, .seed = 1, .phrases = FILE_PHRASES};

static const AqCommand phrases = {.name = "phrases",
                                  .options = options,
                                  .args_bytes = sizeof(PhrasesArgs),
                                  .defaults = &defaults};

static const char about[] =
    "Usage: phrases --out DIR --font FILE [OPTIONS]\n\n"
    "Makes DIR/0000.wav, ... of phrases of eight seconds, and DIR/0000.heard, which has\n"
    "a line for each second: '1' for what is heard, '0' for what is not and '?' for what\n"
    "is not known, of the 22 kinds of instrument by their names' order, then singing,\n"
    "speech, noise, and none of the kinds.\n";

typedef struct PhraseFiles {
    const PhrasesArgs *a;
    AqPhraseSynth *synth;
    AqSpeech speech;
    AqPhrase *phrase;
} PhraseFiles;

static AqErr write_phrase(const AqPhrase *p, SNDFILE *f, AqFsWriter *heard,
                          const char *path)
{
    static short pcm[AQ_PHRASE_SAMPLES];
    AqErr err = AQ_OK;

    for (int k = 0; k < AQ_PHRASE_SAMPLES; k++)
        pcm[k] = (short)lrintf(32767 * p->sound[k]);
    if (sf_writef_short(f, pcm, AQ_PHRASE_SAMPLES) != AQ_PHRASE_SAMPLES)
        return aq_fail(AQ_ERR_IO, "%s: %s", path, sf_strerror(f));
    for (int s = 0; err == AQ_OK && s < AQ_PHRASE_SECONDS; s++) {
        err = aq_fs_write(heard, p->heard[s], AQ_N_HEARD);
        if (err == AQ_OK)
            err = aq_fs_write(heard, "\n", 1);
    }
    return err;
}

static AqErr make_phrases(PhraseFiles *m, int number, SNDFILE *f, AqFsWriter *heard,
                          const char *path)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < m->a->phrases; k++) {
        AqRng r = aq_rng((uint64_t)m->a->seed,
                         aq_mix64((uint64_t)number * FILE_PHRASES + (uint64_t)k));

        err = aq_phrase_make(m->phrase, m->synth, &m->speech, &r);
        if (err == AQ_OK)
            err = write_phrase(m->phrase, f, heard, path);
    }
    return err;
}

/* The labels appear when the sound is complete. */
static AqErr make_file(PhraseFiles *m, int number)
{
    SF_INFO info = {.samplerate = AQ_PHRASES_RATE,
                    .channels = 1,
                    .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    char *wav = aq_strf("%s/%04d.wav", m->a->out, number),
         *text = aq_strf("%s/%04d.heard", m->a->out, number);
    AqFsWriter heard = {0};
    AqErr err = wav && text ? aq_fs_write_begin(&heard, text) : AQ_ERR_NOMEM;
    SNDFILE *f = err == AQ_OK ? sf_open(wav, SFM_WRITE, &info) : NULL;

    if (err == AQ_OK && !f)
        err = aq_fail(AQ_ERR_IO, "%s: %s", wav, sf_strerror(NULL));
    if (err == AQ_OK)
        err = make_phrases(m, number, f, &heard, wav);
    if (f && sf_close(f) != 0 && err == AQ_OK)
        err = aq_fail(AQ_ERR_IO, "%s: cannot be written to its end", wav);
    if (err == AQ_OK)
        err = aq_fs_write_commit(&heard);
    else
        aq_fs_write_abort(&heard);
    aq_free(wav);
    aq_free(text);
    return err;
}

static AqErr make_files(const PhrasesArgs *a)
{
    PhraseFiles m = {.a = a};
    AqErr err = aq_fs_mkdirs(a->out);

    m.phrase = aq_alloc(1, sizeof *m.phrase);
    if (err == AQ_OK)
        err = m.phrase
                  ? aq_phrase_synth_new(&m.synth, a->fonts.v, a->fonts.n, a->samples)
                  : AQ_ERR_NOMEM;
    for (int k = 0; err == AQ_OK && k < a->speech.n; k++)
        err = aq_speech_add(&m.speech, a->speech.v[k]);
    for (int k = 0; err == AQ_OK && k < a->files; k++)
        err = make_file(&m, a->first + k);
    aq_phrase_synth_free(&m.synth);
    aq_speech_clear(&m.speech);
    aq_free(m.phrase);
    return err;
}

static int misuse_phrases(const char *why)
{
    (void)fprintf(stderr, "phrases: %s\nTry `phrases --help`.\n", why);
    return 2;
}

static int run_phrases(PhrasesArgs *a, int argc, char **argv)
{
    int help = 0;

    if (aq_options_parse(options, a, argc, argv, &help) != AQ_OK)
        return misuse_phrases(aq_err_text());
    if (help) {
        (void)fputs(about, stdout);
        aq_help_options(stdout, &phrases);
        return 0;
    }
    if (!a->out || a->fonts.n < 1 || a->fonts.n > 8)
        return misuse_phrases("it needs --out DIR, and --font FILE one to eight times");
    if (make_files(a) == AQ_OK)
        return 0;
    (void)fprintf(stderr, "phrases: %s\n", aq_err_text());
    return 1;
}

int main(int argc, char **argv)
{
    PhrasesArgs a = defaults;
    const int status = run_phrases(&a, argc, argv);

    aq_options_clear(options, &a);
    return status;
}
