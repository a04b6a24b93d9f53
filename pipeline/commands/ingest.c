/* SPDX-License-Identifier: MIT */
/* avqa-pipe ingest: clips into the store. */
#include "pipeline/ingest/ingest.h"
#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/command.h"
#include "pipeline/ingest/find.h"
#include "pipeline/ingest/shard.h"
#include "pipeline/inputs/dataset_pick.h"
#include "pipeline/inputs/run_note.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/ui/config.h"
#include "pipeline/ui/progress.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_STAGES_COUNTED = 4, MB = 1000000 };

typedef struct IngestArgs {
    AqCommon c;
    int max_seconds, f32, retry_failed, keep_going, fail_fast;
    int clip_timeout, clip_memory, max_mb, max_duration, max_megapixels, max_tracks;
    const char *shard;
    AqTextList paths, lists, annotations;
    int n_failed[N_STAGES_COUNTED];
} IngestArgs;

static const char *const outcomes[] = {"made", "current", "failed", "failed before"};
static const char *const stages[N_STAGES_COUNTED] = {"read", "memory", "decode",
                                                     "store"};

static void result_json(const AqIngestResult *r)
{
    aq_command_print_json(aq_json_pack(
        "{s:s, s:s, s:s, s:i, s:i, s:i, s:f, s:o, s:s}", "video", r->name, "path",
        r->path, "outcome", outcomes[r->outcome], "seconds", r->n_seconds,
        "audio_seconds", r->n_present[AQ_AUDIO], "picture_seconds",
        r->n_present[AQ_VISUAL], "took", (double)r->took_us / 1e6, "notes",
        aq_command_lines(r->notes), "reason", r->reason));
}

static void result_text(const AqIngestResult *r)
{
    (void)printf("%s  ", aq_text_shown(r->name));
    if (r->outcome == AQ_INGEST_FAILED)
        (void)printf("failed in %s", r->stage);
    else if (r->outcome == AQ_INGEST_FAILED_BEFORE)
        (void)printf("failed before: %s", aq_text_shown(r->reason));
    else if (!r->made[AQ_AUDIO] && !r->made[AQ_VISUAL])
        (void)printf("is there already");
    else
        (void)printf("%d s  sound %d  picture %d  in %.1f s", r->n_seconds,
                     r->n_present[AQ_AUDIO], r->n_present[AQ_VISUAL],
                     (double)r->took_us / 1e6);
    for (const char *p = r->notes; *p;) {
        const size_t n = strcspn(p, "\n");
        char note[512];

        (void)snprintf(note, sizeof note, "%.*s", (int)n, p);
        (void)printf("%s%s", p == r->notes ? "  (" : "; ", aq_text_shown(note));
        p += n + (p[n] != '\0');
        if (!*p)
            (void)putchar(')');
    }
    (void)putchar('\n');
}

typedef struct IngestShown {
    const AqIngestResult *r;
    int json;
} IngestShown;

static void print_ingest_result(void *arg)
{
    const IngestShown *s = arg;

    if (s->json)
        result_json(s->r);
    else
        result_text(s->r);
}

static void on_ingest_result(void *ctx, const AqIngestResult *r)
{
    IngestArgs *a = ctx;
    IngestShown s = {.r = r, .json = a->c.json};

    for (int k = 0; r->outcome >= AQ_INGEST_FAILED && k < N_STAGES_COUNTED; k++)
        a->n_failed[k] += strcmp(r->stage, stages[k]) == 0;
    if (r->outcome == AQ_INGEST_FAILED)
        aq_log(AQ_LOG_ERROR, "%s", r->reason);
    aq_progress_aside(print_ingest_result, &s);
}

static json_t *summary_json(const AqIngestSummary *s)
{
    json_t *busy = json_object();

    for (int k = 0; k < s->n_stages; k++)
        (void)json_object_set_new(busy, s->stage[k].name,
                                  aq_json_pack("{s:i, s:f}", "workers",
                                               s->stage[k].n_workers, "busy",
                                               s->stage[k].busy));
    return aq_json_pack("{s:i, s:i, s:i, s:i, s:i, s:f, s:f, s:o}", "made", s->n_made,
                        "current", s->n_current, "failed", s->n_failed, "failed_before",
                        s->n_failed_before, "unread", s->n_unread, "media_seconds",
                        s->media_seconds, "wall_seconds", s->wall_seconds, "stages",
                        busy);
}

static void print_ingest_summary(const AqIngestSummary *s, int json)
{
    if (json) {
        aq_command_print_json(aq_json_pack("{s:o}", "summary", summary_json(s)));
        return;
    }
    (void)printf("%d videos: %d made, %d there already, %d failed; %.0f s of media in "
                 "%.1f s",
                 s->n_made + s->n_current + s->n_failed + s->n_failed_before, s->n_made,
                 s->n_current, s->n_failed + s->n_failed_before, s->media_seconds,
                 s->wall_seconds);
    if (s->n_unread)
        (void)printf("; %d folders left out", s->n_unread);
    for (int k = 0; k < s->n_stages; k++)
        (void)printf("%s %s x%d %.0f %%", k ? "," : "; busy:", s->stage[k].name,
                     s->stage[k].n_workers, 100 * s->stage[k].busy);
    (void)putchar('\n');
}

/* What failed, for those who come in the morning. */
static void print_failures(const IngestArgs *a, const AqIngestSummary *s,
                           const char *store)
{
    if (s->n_failed + s->n_failed_before == 0 || a->c.json)
        return;
    (void)printf("failed:");
    for (int k = 0; k < N_STAGES_COUNTED; k++)
        if (a->n_failed[k])
            (void)printf(" %d in %s,", a->n_failed[k], stages[k]);
    (void)printf(" %d of them in an earlier run; `avqa-pipe store failures --store %s` "
                 "says why, --retry-failed tries them again\n",
                 s->n_failed_before, aq_text_shown(store));
}

static AqErr begin_ingest_note(AqRunNote *n, const IngestArgs *a, const AqScan *clips,
                               const AqToolset *tools, AqStore *store)
{
    aq_run_note_init(n, "ingest");
    aq_run_note_files(n, "lists", &a->lists);
    aq_run_note_files(n, "annotations", &a->annotations);
    aq_run_note_dataset(n, store);
    aq_run_note_makes(n, tools->provenance, tools->n);
    return aq_run_note_begin(
        n, store,
        aq_json_pack("{s:I, s:i, s:s, s:s?, s:b, s:b}", "videos", (json_int_t)clips->n,
                     "max_seconds", a->max_seconds, "dtype", a->f32 ? "f32" : "f16",
                     "shard", a->shard, "retry_failed", a->retry_failed, "fail_fast",
                     a->fail_fast));
}

static AqErr finish_note(AqRunNote *n, AqErr err, const AqIngestSummary *sum)
{
    json_t *o = summary_json(sum);

    err = aq_run_note_finish(n, err, o, NULL);
    json_decref(o);
    aq_run_note_clear(n);
    return err;
}

static AqErr ingest_clips(IngestArgs *a, const AqScan *clips, const AqToolset *tools,
                          AqStore *store, AqIngestSummary *sum)
{
    AqRunNote note;
    const AqIngestPlan plan = {.tools = tools,
                               .store = store,
                               .jobs = aq_config_jobs(a->c.jobs),
                               .max_seconds = a->max_seconds,
                               .limits = {.bytes = (int64_t)a->max_mb * MB,
                                          .seconds = a->max_duration,
                                          .pixels = (int64_t)a->max_megapixels * MB,
                                          .tracks = a->max_tracks},
                               .bounds = {.clip_seconds = a->clip_timeout,
                                          .memory_bytes = (int64_t)a->clip_memory * MB},
                               .retry_failed = a->retry_failed,
                               .fail_fast = a->fail_fast,
                               .dtype = a->f32 ? AQ_FEATURE_F32 : AQ_FEATURE_F16,
                               .stop = aq_interrupt_stop,
                               .result = on_ingest_result,
                               .ctx = a};
    AqErr err = begin_ingest_note(&note, a, clips, tools, store);

    if (err == AQ_OK) {
        aq_progress_begin("videos", (int64_t)clips->n, a->c.quiet);
        err = aq_ingest(sum, clips, &plan);
        aq_progress_end();
    }
    return finish_note(&note, err, sum);
}

static int with_store(IngestArgs *a, const AqScan *clips, const AqToolset *tools)
{
    AqIngestSummary sum = {0};
    AqStore *store = NULL;
    char *path = NULL;
    AqErr err = aq_config_store(a->c.store, &path);

    if (err == AQ_OK)
        err = aq_store_open(&store, path, AQ_STORE_CREATE);
    if (err == AQ_OK)
        err = aq_dataset_to_fill(store, a->c.dataset);
    if (err == AQ_OK) {
        err = ingest_clips(a, clips, tools, store, &sum);
        if (err == AQ_OK || err == AQ_ERR_CANCELLED)
            print_ingest_summary(&sum, a->c.json);
        if (err == AQ_OK || err == AQ_ERR_CANCELLED)
            print_failures(a, &sum, path);
        if (err == AQ_ERR_CANCELLED)
            aq_log(AQ_LOG_WARN,
                   "interrupted; what is done is in %s, and the same command "
                   "goes on from there",
                   path);
    }
    aq_store_close(&store);
    aq_free(path);
    const int status = aq_command_status(err);
    return status == AQ_EXIT_DONE && sum.n_failed + sum.n_failed_before + sum.n_unread
               ? AQ_EXIT_SKIPPED
               : status;
}

static int with_clips(IngestArgs *a)
{
    AqScan clips;
    AqToolset tools;
    int status;
    const AqIngestWhich which = {.paths = &a->paths,
                                 .lists = &a->lists,
                                 .annotations = &a->annotations,
                                 .shard = a->shard};
    AqErr err = aq_ingest_find(&clips, &which);

    if (err == AQ_OK)
        err = aq_toolset_open(&tools, &a->c.tools);
    if (err != AQ_OK) {
        aq_scan_clear(&clips);
        return aq_command_status(err);
    }
    status = with_store(a, &clips, &tools);
    aq_toolset_close(&tools);
    aq_scan_clear(&clips);
    return status;
}

static int check_and_ingest(const AqCommand *self, void *args)
{
    IngestArgs *a = args;
    AqShard part;

    if (a->paths.n + a->lists.n == 0)
        return aq_command_misuse(self, "name at least one file or folder, or --list");
    if (a->shard && aq_shard_parse(&part, a->shard) != AQ_OK)
        return aq_command_misuse(self, "%s", aq_err_text());
    if (a->keep_going && a->fail_fast)
        return aq_command_misuse(self, "--keep-going and --fail-fast exclude each "
                                       "other");
    aq_command_numbers();
    return with_clips(a);
}

#define BOUND(option, value, field, low, high, text, words)                            \
    AQ_ROW(option, AQ_OPTION_INT, IngestArgs, field, text, words, .arg = (value),      \
           .least = (low), .most = (high))

static const AqOption options[] = {
    AQ_GROUP("Which clips"),
    AQ_ROW_WORDS("PATH", IngestArgs, paths, 0, AQ_HINT_FILE,
                 "files, and folders with all that is in them", NULL),
    AQ_ROW_FILES("list", IngestArgs, lists,
                 "also the paths in these files, one a line; - is stdin", NULL),
    AQ_ROW_FILES("annotations", IngestArgs, annotations,
                 "only the videos that these files ask about", NULL),
    AQ_ROW_TEXT("shard", IngestArgs, shard, "I/N", "only the I-th of N parts, by name",
                "Slurm's array, MPI's rank"),
    AQ_ROW_FLAG("retry-failed", IngestArgs, retry_failed,
                "try again what could not be decoded in an earlier run"),
    AQ_GROUP("Where features are kept"),
    AQ_ROWS(aq_rows_store),
    AQ_ROWS(aq_rows_dataset_fill),
    AQ_ROW_FLAG("f32", IngestArgs, f32, "store float32 instead of half precision"),
    AQ_GROUP("Networks"),
    AQ_ROWS(aq_rows_tools),
    AQ_GROUP("What is read of a clip"),
    AQ_ROWS(aq_rows_audio_track),
    AQ_ROW_INT("max-seconds", IngestArgs, max_seconds, 1, 36000,
               "seconds read of each clip", NULL),
    BOUND("max-size", "MB", max_mb, 1, 1 << 30, "refuse larger files", "any size"),
    BOUND("max-duration", "SECONDS", max_duration, 1, 1 << 30, "refuse longer videos",
          "any; --max-seconds of it are read"),
    BOUND("max-megapixels", "N", max_megapixels, 1, 1000, "refuse larger pictures",
          "134"),
    BOUND("max-tracks", "N", max_tracks, 1, 1000, "refuse files with more tracks",
          "64"),
    BOUND("clip-timeout", "SECONDS", clip_timeout, 0, 86400,
          "most time that decoding a video may take; 0: any", NULL),
    BOUND("clip-memory", "MB", clip_memory, 0, 1 << 20,
          "most memory that decoding a video may take; 0: any", NULL),
    AQ_GROUP("The run"),
    AQ_ROW_FLAG("keep-going", IngestArgs, keep_going,
                "go on after a video that fails; this is so anyway"),
    AQ_ROW_FLAG("fail-fast", IngestArgs, fail_fast,
                "stop at the first video that fails, with status 1"),
    AQ_ROWS(aq_rows_jobs),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe ingest clips/", "Features of every clip below a folder."},
    {"avqa-pipe ingest clips/ --annotations train.json",
     "Only the clips that questions are about."},
    {"find clips -name '*.mp4' | avqa-pipe ingest --list - --store features.db",
     "Clips that another program finds, into a store of their own."},
    {"avqa-pipe ingest clips/ --visual swin_b --visual-weights swin_b.pth -j 8",
     "Another visual network, on eight threads."},
    {0}};

static const IngestArgs ingest_defaults = {.max_seconds = 60,
                                           .clip_timeout = AQ_DECODER_SECONDS,
                                           .clip_memory = AQ_DECODER_MEGABYTES};

const AqCommand aq_command_ingest = {
    .name = "ingest",
    .summary = "decode clips, run the networks, keep the features",
    .usage = "[PATH...] [OPTIONS]",
    .about =
        "Takes files, and folders with all that is in them, linked ones too; a link is "
        "a clip under its own name. Each clip gives one feature row of its sound and "
        "one of its picture for every second.\n\n"
        "Features already stored are reused if network and file are unchanged; an "
        "interrupted run is finished by running it once more. Several runs may fill "
        "one store at the same time: each video is done once. A video is decoded in a "
        "process of its own, which may crash or hang without harm to the run.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(IngestArgs, c),
    .defaults = &ingest_defaults,
    .stop = AQ_STOP_SAVES,
    .run = check_and_ingest};
