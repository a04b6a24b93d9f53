/* SPDX-License-Identifier: MIT */
/* avqa-pipe features: one extractor's output, or its input, of one clip as .npy. */
#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/out.h"
#include "pipeline/decoder/decoder.h"
#include "pipeline/exchange/formats/npy_write.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/ui/config.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { AT_OUTPUT, AT_INPUT };
static const char *const stages[] = {
    [AT_OUTPUT] = "output", [AT_INPUT] = "input", NULL};

typedef struct FeaturesArgs {
    AqCommon c;
    const char *extractor, *weights, *switches, *out;
    int stage, max_seconds; /* stage: of `stages` */
    AqTextList clip;
} FeaturesArgs;

/* Chunks are run as they come, here in one thread, and put where their seconds are. */
typedef struct FeatureGather {
    const AqExtractor *x;
    AqExtractorFacts facts;
    AqNn *nn;
    int want_input;
    size_t each;
    float *rows; /* (room, each) */
    int room;
} FeatureGather;

static AqErr grow_feature_rows(FeatureGather *g, int seconds)
{
    if (seconds <= g->room)
        return AQ_OK;
    const int room = seconds > 2 * g->room ? seconds : 2 * g->room;
    float *rows = aq_realloc(g->rows, (size_t)room * g->each, sizeof *rows);
    if (!rows)
        return AQ_ERR_NOMEM;
    g->rows = rows;
    g->room = room;
    return AQ_OK;
}

static AqErr gather_chunk(void *ctx, AqChunk *chunk)
{
    FeatureGather *g = ctx;
    AqErr err = grow_feature_rows(g, chunk->row[chunk->n - 1] + 1);

    if (err == AQ_OK && !g->want_input) {
        chunk->out = aq_alloc((size_t)chunk->n * g->each, sizeof *chunk->out);
        err = chunk->out
                  ? aq_extractor_run(g->x, g->nn, chunk->in, chunk->n, chunk->out)
                  : AQ_ERR_NOMEM;
    }
    if (err != AQ_OK)
        return err;
    const float *from = g->want_input ? chunk->in : chunk->out;
    for (int k = 0; k < chunk->n; k++)
        memcpy(g->rows + (size_t)chunk->row[k] * g->each, from + (size_t)k * g->each,
               g->each * sizeof *from);
    aq_chunk_free(&chunk);
    return AQ_OK;
}

/* What ingest prints behind the clip. */
static void log_clip_notes(const char *clip, const char *notes)
{
    while (*notes) {
        const size_t n = strcspn(notes, "\n");

        aq_log(AQ_LOG_INFO, "%s: %.*s", clip, (int)n, notes);
        notes += n + (notes[n] != '\0');
    }
}

static AqErr write_rows(const FeaturesArgs *a, const FeatureGather *g,
                        const AqDecoded *d)
{
    const int *dims = g->want_input ? g->facts.input.dims : g->facts.out_dims;
    const int audio = g->facts.modality == AQ_AUDIO;
    const int rows = aq_rows_count(g->facts.input.plan, d->facts.n_seconds);
    int64_t shape[4] = {rows, dims[0], dims[1], dims[2]};
    int n = 4, present = 0;

    if (audio && g->want_input) { /* (T,96,64) */
        n = 3;
    } else if (audio) { /* (T,128) */
        n = 2;
        shape[1] = dims[2];
    }
    const AqErr err = aq_npy_write(a->out, n, shape, g->rows);
    if (err != AQ_OK)
        return err;
    for (int k = 0; k < d->facts.n_seconds; k++)
        present += d->presence[g->facts.modality][k];
    if (a->c.json) {
        json_t *s = json_array();
        for (int k = 0; k < n; k++)
            (void)json_array_append_new(s, json_integer(shape[k]));
        json_t *o = aq_json_pack(
            "{s:s, s:o, s:i, s:s, s:s, s:o}", "out", a->out, "shape", s, "present",
            present, "weights", g->facts.weights, "weights_sha256",
            g->facts.weights_sha256, "notes", aq_command_lines(d->facts.notes));
        aq_command_print_json(o);
        return AQ_OK;
    }
    (void)printf("%s: (", aq_text_shown(a->out));
    for (int k = 0; k < n; k++)
        (void)printf("%s%lld", k ? ", " : "", (long long)shape[k]);
    (void)printf(") float32, %d of %d seconds present\n", present, d->facts.n_seconds);
    return AQ_OK;
}

/* By the only tool of t. */
static AqErr extract_clip_features(const FeaturesArgs *a, AqToolset *t)
{
    FeatureGather g = {
        .x = t->x[0], .facts = t->facts[0], .want_input = a->stage == AT_INPUT};
    AqDecoded d = {0};
    const AqDecodePlan plan = {.n_inputs = 1,
                               .inputs = {{g.facts.input, g.facts.batch}},
                               .max_seconds = a->max_seconds,
                               .audio_track = t->audio_track,
                               .cancelled = aq_interrupt_stop,
                               .give = gather_chunk,
                               .ctx = &g};

    g.each = aq_extractor_values(g.want_input ? g.facts.input.dims : g.facts.out_dims);
    AqErr err = aq_nn_new(&g.nn, NULL);
    if (err == AQ_OK)
        err = aq_decoder_one_clip(&d, a->clip.v[0], &plan);
    if (err == AQ_OK)
        err =
            grow_feature_rows(&g, aq_rows_count(g.facts.input.plan, d.facts.n_seconds));
    if (err == AQ_OK)
        log_clip_notes(a->clip.v[0], d.facts.notes);
    if (err == AQ_OK)
        err = write_rows(a, &g, &d);
    aq_decoded_clear(&d);
    aq_nn_free(&g.nn);
    aq_free(g.rows);
    return err;
}

static AqErr with_network(const FeaturesArgs *a)
{
    AqToolset tools = {.audio_track = a->c.tools.audio_track};
    AqModality m = AQ_AUDIO;
    AqErr err = aq_toolset_modality(a->extractor, &m);

    if (err == AQ_OK)
        err = aq_toolset_open_one(&tools, m, a->extractor, a->weights, a->switches,
                                  a->c.tools.precision);
    if (err == AQ_OK)
        err = extract_clip_features(a, &tools);
    aq_toolset_close(&tools);
    return err;
}

static int check_features_out(const AqCommand *self, const FeaturesArgs *a)
{
    AqOut o = {.self = self, .option = "--out", .path = a->out};

    aq_out_not_named(&o, a);
    aq_out_not_options(&o, a->switches);
    return aq_out_end(&o, 0);
}

static int run_features(const AqCommand *self, void *args)
{
    const FeaturesArgs *a = args;

    if (a->clip.n != 1 || !a->extractor || !a->out)
        return aq_command_misuse(self, "it takes one clip, --extractor and --out");
    const int status = check_features_out(self, a);
    if (status != AQ_EXIT_DONE)
        return status;
    aq_command_numbers();
    return aq_command_status(with_network(a));
}

static const AqOption options[] = {
    AQ_GROUP("Clip and file"),
    AQ_ROW_WORDS("CLIP", FeaturesArgs, clip, 1, AQ_HINT_FILE, "the clip", NULL),
    AQ_ROW_OUT(FeaturesArgs, out, "X.npy", "where to write", NULL),
    AQ_ROW_INT("max-seconds", FeaturesArgs, max_seconds, 1, 36000, "seconds read",
               NULL),
    AQ_ROWS(aq_rows_audio_track),
    AQ_GROUP("Network"),
    AQ_ROW_LISTED("extractor", FeaturesArgs, extractor, "NAME", AQ_HINT_FILE,
                  aq_extractor_any_name, "a network, or a weight file", NULL),
    AQ_ROW_FILE("weights", FeaturesArgs, weights, "FILE",
                "its weights: a file, an imported name, or seeded:N for random ones",
                "those of its name"),
    AQ_ROW_TEXT("options", FeaturesArgs, switches, "K=V,...",
                "its switches, as ingest's --audio-options and --visual-options", NULL),
    AQ_ROWS(aq_rows_precision),
    AQ_ROW_CHOICE("stage", FeaturesArgs, stage, stages,
                  "what the network gives, or what it is given", NULL),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe features clip.mp4 --extractor vggish_nano --out sound.npy",
     "A row of 128 numbers for every second of sound."},
    {"avqa-pipe features clip.mp4 --extractor swin_nano --stage input --out x.npy",
     "The pictures as the network is given them."},
    {0}};

static const FeaturesArgs features_defaults = {.max_seconds = 60};

const AqCommand aq_command_features = {
    .name = "features",
    .summary = "one network's features of one clip as .npy",
    .usage = "CLIP --extractor NAME [--weights FILE] --out X.npy [OPTIONS]",
    .about =
        "Writes float32, a row a second: sound (T,128), picture (T,h,w,C). With "
        "--stage input it writes what the network is given: (T,96,64) log-mel or "
        "(T,3,S,S) normalised frames. Seconds that the clip has no sound or picture "
        "for are zeros.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(FeaturesArgs, c),
    .defaults = &features_defaults,
    .stop = AQ_STOP_SAVES,
    .run = run_features};
