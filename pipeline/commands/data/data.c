/* SPDX-License-Identifier: MIT */
/* avqa-pipe data: the table of its verbs, and the verb `check`. */
#include "base/text/log.h"
#include "pipeline/commands/data/data_priv.h"

#include <jansson.h>

typedef struct DataCheck {
    AqCommon c;
    AqTextList files;
    const char *videos;
    int all, skipped, n_left_out;
} DataCheck;

/* Of several files, one that cannot be read is told and left out. Some are sound only
 * with others (AQ_ERR_USAGE). */
static void drop_unreadable_files(DataCheck *o)
{
    for (int k = 0; k < o->files.n && o->files.n > 1;) {
        AqAnnotations *one = NULL;
        const AqErr err = aq_annotations_read(&o->files.v[k], 1, NULL, NULL, &one);

        aq_annotations_free(&one);
        if (err == AQ_OK || err == AQ_ERR_NOMEM || err == AQ_ERR_USAGE) {
            k++;
            continue;
        }
        aq_log(AQ_LOG_ERROR, "%s", aq_err_text());
        o->n_left_out++;
        o->files.n--;
        for (int i = k; i < o->files.n; i++)
            o->files.v[i] = o->files.v[i + 1];
    }
}

static AqErr check_annotation_files(DataCheck *o)
{
    AqAnnotations *list = NULL;
    AqDataSet set = {0};
    json_t *report = NULL;

    drop_unreadable_files(o);
    AqErr err = aq_annotations_read(o->files.v, (size_t)o->files.n, NULL, NULL, &list);

    if (err == AQ_OK)
        err = aq_data_set_init(&set, list);
    if (err == AQ_OK)
        err = aq_data_report(&report, &set, o->videos);
    if (err == AQ_OK) {
        o->skipped =
            list->n_faults > 0 || json_integer_value(json_object_get(
                                      json_object_get(report, "folder"), "unread")) > 0;
        if (o->c.json)
            aq_command_print_json(report); /* takes it */
        else {
            aq_data_print(report, o->all);
            json_decref(report);
        }
    }
    aq_data_set_clear(&set);
    aq_annotations_free(&list);
    return err;
}

static int run_data_check(const AqCommand *self, void *args)
{
    DataCheck *o = args;

    if (o->files.n == 0)
        return aq_command_misuse(self, "name the annotation files");
    const int status = aq_command_status(check_annotation_files(o));
    return status == AQ_EXIT_DONE && (o->skipped || o->n_left_out) ? AQ_EXIT_SKIPPED
                                                                   : status;
}

static const AqOption options[] = {
    AQ_GROUP("What is checked"),
    AQ_ROW_WORDS("FILE", DataCheck, files, 0, AQ_HINT_FILE, "annotation files", NULL),
    AQ_ROW_FOLDER("videos", DataCheck, videos, "DIR",
                  "folder of the videos: which are missing, double, not asked about",
                  NULL),
    AQ_ROW_FLAG("all", DataCheck, all,
                "every line of the lists that are cut otherwise"),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe data check avqa-train.json avqa-val.json avqa-test.json",
     "What the three splits hold, and what is wrong with them."},
    {"avqa-pipe data check questions.csv --videos clips --json",
     "One's own questions, compared with the clips there are."},
    {0}};

const AqCommand aq_data_check_command = {
    .name = "data check",
    .summary = "counts, faults and traps of annotation files",
    .usage = "FILE... [--videos DIR] [OPTIONS]",
    .about =
        "Reads annotation files (MUSIC-AVQA, v2.0, -R, AVQA, MSVD-QA, MSRVTT-QA, "
        "ActivityNet-QA, TGIF-QA, Just-Ask's, or CSV and JSON of one's own with video, "
        "question, answer, type) and prints what they hold: counts, malformed records, "
        "videos that splits share, contradictions, answers that training never sees or "
        "that a vocabulary leaves out, the blind floor. A split is a column or key of that "
        "name, else train, val or test in the file's name. Status 3 if records are "
        "malformed or folders cannot be read.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(DataCheck, c),
    .run = run_data_check};

static const AqCommand *const verbs[] = {&aq_data_check_command, &aq_data_fetch_command,
                                         NULL};

const AqCommand aq_command_data = {.name = "data",
                                   .summary = "what annotation files hold, and whether "
                                              "they are sound",
                                   .usage = "VERB ... [OPTIONS]",
                                   .about = "Annotation files.",
                                   .verbs = verbs};
