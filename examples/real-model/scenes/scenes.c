/* SPDX-License-Identifier: MIT */
/*
 * scenes: a data set to train the model for real clips on. Of each scene its sound is
 * rendered from soundfonts; what is seen is drawn as `sight` would say it, since no
 * drawing looks to it as photographs do. Questions and truth are toyband's. The same
 * seed gives the same files, and scene k does not depend on how many there are.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/options/parse.h"
#include "base/options/print.h"
#include "examples/real-model/scenes/files.h"
#include "examples/toyband/questions/ask.h"
#include "examples/toyband/questions/book.h"

#include <stdio.h>
#include <unistd.h>

typedef struct ScenesArgs {
    const char *out, *about[AQ_N_MODALITIES], *samples;
    int scenes, seed, questions, annotations_only, quiet;
    AqTextList fonts, speech, rest;
} ScenesArgs;

#define AT(field) offsetof(ScenesArgs, field)

static const AqOption options[] = {
    {"out", .type = AQ_OPTION_TEXT, .hint = AQ_HINT_FOLDER, .at = AT(out), .arg = "DIR",
     .help = "where to write"},
    {"scenes", .type = AQ_OPTION_INT, .at = AT(scenes), .least = 1,
     .most = AQ_TOY_MAX_VIDEOS, .help = "how many scenes"},
    {"font", .type = AQ_OPTION_TEXTS, .hint = AQ_HINT_FILE, .at = AT(fonts),
     .arg = "FILE", .help = "a General MIDI soundfont; may be given up to eight times"},
    {"seen", .type = AQ_OPTION_TEXT, .hint = AQ_HINT_FILE, .at = AT(about[AQ_VISUAL]),
     .arg = "NAME.npy.json",
     .help = "what `avqa-pipe store export` wrote beside features of sight"},
    {"samples", .type = AQ_OPTION_TEXT, .hint = AQ_HINT_FOLDER, .at = AT(samples),
     .arg = "DIR", .help = "recordings of notes, DIR/violin/A3.wav, mono, 32 kHz"},
    {"heard", .type = AQ_OPTION_TEXT, .hint = AQ_HINT_FILE, .at = AT(about[AQ_AUDIO]),
     .arg = "NAME.npy.json", .help = "and beside those of sound, for scenes without"},
    {"speech", .type = AQ_OPTION_LIST, .hint = AQ_HINT_FILE, .at = AT(speech),
     .arg = "FILE ...", .help = "recordings of speech, mono, 16 kHz"},
    {"questions", .type = AQ_OPTION_INT, .at = AT(questions), .least = 1, .most = 100,
     .help = "questions per scene, at most", .otherwise = "4 to 8 at random"},
    {"seed", .type = AQ_OPTION_INT, .at = AT(seed), .least = 0, .most = 0x7fffffff,
     .help = "the same seed gives the same files"},
    {"annotations-only", .type = AQ_OPTION_FLAG, .at = AT(annotations_only),
     .help = "questions and truth, no sound and nothing seen"},
    {"quiet", 'q', AQ_OPTION_FLAG, .at = AT(quiet), .help = "no progress on stderr"},
    {"help", 'h', AQ_OPTION_HELP, .help = "show this help"},
    {0}};

static const ScenesArgs defaults = {.seed = 1};

static const AqCommand scenes = {.name = "scenes",
                                 .options = options,
                                 .args_bytes = sizeof(ScenesArgs),
                                 .defaults = &defaults};

static const char about[] =
    "Usage: scenes --out DIR --scenes N --font FILE --seen FILE --heard FILE \n"
    "  [OPTIONS]\n\n"
    "Makes DIR/videos/*.wav, the sound of scenes of ten seconds; DIR/seen/*.npy, what is\n"
    "seen in them as features of sight, and DIR/unheard/*.npy, features of the sound of\n"
    "those without, both for `avqa-pipe store import`; DIR/{train,val,test}.json (70, 10\n"
    "and 20 % of the scenes) in MUSIC-AVQA's schema, and DIR/truth.jsonl, one line per\n"
    "scene. A scene may lack its sound or its picture.\n";

typedef struct SceneMaking {
    const ScenesArgs *a;
    AqToyBook book;
    AqPhraseSynth *synth;
    AqSpeech speech;
    json_t *about[AQ_N_MODALITIES];
    AqRealScene *scene;
    float *sound;
} SceneMaking;

static AqErr make_sound(SceneMaking *m, const char *path)
{
    AqRng r =
        aq_toy_rng((uint64_t)m->a->seed, m->scene->toy.index, AQ_TOY_STREAM_SOUND);
    const AqErr err = aq_scene_render(m->synth, &m->speech, m->scene, &r, m->sound);

    return err == AQ_OK ? aq_scene_write_sound(path, m->sound) : err;
}

static AqErr make_seen(const SceneMaking *m, const char *path)
{
    static AqSeen seen;
    AqRng r =
        aq_toy_rng((uint64_t)m->a->seed, m->scene->toy.index, AQ_TOY_STREAM_PICTURE);

    aq_scene_see(seen, m->scene, &r);
    return aq_scene_write_seen(path, (const float(*)[4][18])seen, m->about[AQ_VISUAL]);
}

static AqErr make_streams(SceneMaking *m)
{
    const unsigned index = m->scene->toy.index;
    char *wav = aq_strf("%s/videos/%08u.wav", m->a->out, index),
         *npy = aq_strf("%s/seen/%08u.npy", m->a->out, index),
         *none = aq_strf("%s/unheard/%08u.npy", m->a->out, index);
    AqErr err = wav && npy && none ? AQ_OK : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = m->scene->has_sound ? make_sound(m, wav)
                                  : aq_scene_write_unheard(none, m->about[AQ_AUDIO]);
    if (err == AQ_OK && m->scene->has_picture)
        err = make_seen(m, npy);
    aq_free(wav);
    aq_free(npy);
    aq_free(none);
    return err;
}

static AqErr make_scene(SceneMaking *m, unsigned index)
{
    static const AqToyLabels labels = {0};
    const uint64_t seed = (uint64_t)m->a->seed;

    aq_scene_plan(m->scene, seed, index);
    AqErr err = aq_toy_ask(m->book.questions[aq_toy_split(index)], &m->scene->toy, seed,
                           m->a->questions, &labels, &m->book.next_id);
    if (err == AQ_OK)
        err = aq_toy_book_tell(&m->book, aq_scene_truth(m->scene));
    return err == AQ_OK && !m->a->annotations_only ? make_streams(m) : err;
}

static AqErr make_scenes(SceneMaking *m)
{
    const int show = !m->a->quiet && isatty(STDERR_FILENO);
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < m->a->scenes; k++) {
        err = make_scene(m, (unsigned)k);
        if (show)
            (void)fprintf(stderr, "\r%d/%d scenes", k + 1, m->a->scenes);
    }
    if (show)
        (void)fputc('\n', stderr);
    return err;
}

static AqErr make_scene_folders(const char *out)
{
    static const char *const names[] = {"videos", "seen", "unheard"};
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < sizeof names / sizeof *names; k++) {
        char *path = aq_strf("%s/%s", out, names[k]);

        err = path ? aq_fs_mkdirs(path) : AQ_ERR_NOMEM;
        aq_free(path);
    }
    return err;
}

static AqErr open_sounds_and_sight(SceneMaking *m)
{
    const ScenesArgs *a = m->a;
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < AQ_N_MODALITIES; k++)
        err = aq_scene_read_about(&m->about[k], (AqModality)k, a->about[k]);
    if (err == AQ_OK)
        err = aq_phrase_synth_new(&m->synth, a->fonts.v, a->fonts.n, a->samples);
    for (int k = 0; err == AQ_OK && k < a->speech.n; k++)
        err = aq_speech_add(&m->speech, a->speech.v[k]);
    return err;
}

static AqErr prepare_scenes(SceneMaking *m)
{
    AqErr err = m->a->annotations_only ? AQ_OK : open_sounds_and_sight(m);

    m->scene = aq_alloc(1, sizeof *m->scene);
    m->sound = aq_alloc(AQ_SCENE_SAMPLES, sizeof *m->sound);
    if (err == AQ_OK && (!m->scene || !m->sound))
        err = AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = make_scene_folders(m->a->out);
    return err == AQ_OK ? aq_toy_book_begin(&m->book, m->a->out) : err;
}

static AqErr make_data_set(const ScenesArgs *a)
{
    SceneMaking m = {.a = a};
    AqErr err = prepare_scenes(&m);

    if (err == AQ_OK)
        err = make_scenes(&m);
    if (err == AQ_OK)
        err = aq_toy_book_write_questions(&m.book);
    err = aq_toy_book_end(&m.book, err);
    aq_phrase_synth_free(&m.synth);
    aq_speech_clear(&m.speech);
    for (int k = 0; k < AQ_N_MODALITIES; k++)
        json_decref(m.about[k]);
    aq_free(m.scene);
    aq_free(m.sound);
    return err;
}

static int misuse_scenes(const char *why)
{
    (void)fprintf(stderr, "scenes: %s\nTry `scenes --help`.\n", why);
    return 2;
}

/* What no row can say. NULL: nothing. */
static const char *missing_scenes_option(const ScenesArgs *a)
{
    return !a->out      ? "it needs --out DIR"
           : !a->scenes ? "it needs --scenes N"
           : a->rest.n  ? "it takes options alone"
           : !a->annotations_only && (!a->about[AQ_AUDIO] || !a->about[AQ_VISUAL] ||
                                      a->fonts.n < 1 || a->fonts.n > 8)
               ? "it needs --seen FILE, --heard FILE, and --font FILE one to eight "
                 "times"
               : NULL;
}

static int run_scenes(ScenesArgs *a, int argc, char **argv)
{
    int help = 0;

    if (aq_options_parse(options, a, argc, argv, &help) != AQ_OK)
        return misuse_scenes(aq_err_text());
    if (help) {
        (void)fputs(about, stdout);
        aq_help_options(stdout, &scenes);
        return 0;
    }
    if (missing_scenes_option(a))
        return misuse_scenes(missing_scenes_option(a));
    if (make_data_set(a) == AQ_OK)
        return 0;
    (void)fprintf(stderr, "scenes: %s\n", aq_err_text());
    return 1;
}

int main(int argc, char **argv)
{
    ScenesArgs a = defaults;
    const int status = run_scenes(&a, argc, argv);

    aq_options_clear(options, &a);
    return status;
}
