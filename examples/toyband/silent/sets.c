/* SPDX-License-Identifier: MIT */
/*
 * A file of questions is a list of rows: JSON objects, or arrays of fields that tabs
 * come between. Videos to validate with are MSVD-QA's, MSRVTT-QA's and ActivityNet-QA's
 * alone; TGIF-QA has none, and trains on them.
 */
#include "examples/toyband/silent/sets.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "examples/toyband/silent/forms.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { ID_BYTES = 12, TGIF_KINDS = 4, N_TGIF = 2 * TGIF_KINDS };

struct AqToySilent {
    uint64_t seed;
    int next_id;
    size_t n;
    json_t *msvd[AQ_TOY_SPLITS], *msrvtt[AQ_TOY_SPLITS];
    json_t *asked[AQ_TOY_SPLITS], *answered[AQ_TOY_SPLITS]; /* ActivityNet-QA's */
    json_t *tgif[N_TGIF];                                   /* Train, then Test */
    json_t *mapping;                                        /* lines */
};

static const char *const tgif_kinds[TGIF_KINDS] = {"action", "transition", "count",
                                                   "frameqa"};

/* Eleven characters, as YouTube's. */
static void video_id(char to[ID_BYTES], uint64_t seed, unsigned index)
{
    static const char from[] =
        "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    AqRng r = aq_toy_rng(seed, index, AQ_TOY_STREAM_SILENT_NAME);

    for (int k = 0; k < ID_BYTES - 1; k++)
        to[k] = from[aq_rng_below(&r, sizeof from - 1)];
    to[ID_BYTES - 1] = '\0';
}

/* Without folder and ending. Gives. */
static char *video_name(AqToySilentSet set, uint64_t seed, unsigned index)
{
    char id[ID_BYTES];

    video_id(id, seed, index);
    switch (set) {
    case AQ_TOY_MSVD:
        return aq_strf("%s_%u_%u", id, index % 60, index % 60 + 10);
    case AQ_TOY_MSRVTT:
        return aq_strf("video%u", index);
    case AQ_TOY_ACTIVITYNET:
        return aq_strf("v_%s", id);
    default:
        return aq_strf("tumblr_%s_400", id);
    }
}

char *aq_toy_silent_path(const char *dir, AqToySilentSet set, uint64_t seed, long index)
{
    static const char *const folders[] = {"msvd/YouTubeClips", "msrvtt/videos",
                                          "activitynet/videos", "tgif/gifs"};
    static const char *const endings[] = {"avi", "mp4", "mp4", "gif"};

    if (index < 0)
        return aq_strf("%s/%s", dir, folders[set]);
    char *name = video_name(set, seed, (unsigned)index);
    char *path =
        name ? aq_strf("%s/%s/%s.%s", dir, folders[set], name, endings[set]) : NULL;
    aq_free(name);
    return path;
}

/* ---- rows ---- */

/* Takes the row. */
static AqErr add_silent_row(AqToySilent *a, json_t *list, json_t *row)
{
    a->n++;
    return row && json_array_append_new(list, row) == 0
               ? AQ_OK
               : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

static AqErr add_words(AqToySilent *a, const AqToyScene *s,
                       const AqToySilentQuestion *q)
{
    const AqToySplit split = aq_toy_split(s->index);
    const int id = a->next_id++, video = (int)s->index;
    AqErr err = add_silent_row(a, a->msvd[split],
                               json_pack("{s:i, s:i, s:s, s:s}", "id", id, "video_id",
                                         video + 1, "question", q->question, "answer",
                                         q->answer));

    return err != AQ_OK
               ? err
               : add_silent_row(a, a->msrvtt[split],
                                json_pack("{s:s, s:i, s:i, s:s, s:i}", "answer",
                                          q->answer, "category_id", 0, "id", id,
                                          "question", q->question, "video_id", video));
}

static AqErr add_activity(AqToySilent *a, const AqToyScene *s, int type,
                          const AqToySilentQuestion *q)
{
    const AqToySplit split = aq_toy_split(s->index);
    char id[ID_BYTES], question_id[32];

    video_id(id, a->seed, s->index);
    (void)snprintf(question_id, sizeof question_id, "%s_%d", id, type);
    AqErr err =
        add_silent_row(a, a->asked[split],
                       json_pack("{s:s, s:s, s:s}", "video_name", id, "question",
                                 q->question, "question_id", question_id));
    a->n -= err == AQ_OK; /* question and answer are one */
    return err != AQ_OK
               ? err
               : add_silent_row(a, a->answered[split],
                                json_pack("{s:s, s:i, s:s}", "answer", q->answer,
                                          "type", type, "question_id", question_id));
}

static AqErr put_text_field(json_t *row, const char *text)
{
    return json_array_append_new(row, json_string(text)) == 0
               ? AQ_OK
               : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

static AqErr put_int_field(json_t *row, int n)
{
    char text[16];

    (void)snprintf(text, sizeof text, "%d", n);
    return put_text_field(row, text);
}

/* What stands between the question and vid_id. */
static AqErr put_answer(json_t *row, const AqToySilentForm *f,
                        const AqToySilentQuestion *q)
{
    AqErr err = AQ_OK;

    if (f->family == AQ_TOY_SILENT_COUNT)
        return put_int_field(row, q->count);
    if (f->family == AQ_TOY_SILENT_FRAME) {
        err = put_text_field(row, q->answer);
        return err == AQ_OK ? put_int_field(row, f->type) : err;
    }
    for (int k = 0; err == AQ_OK && k < AQ_TOY_SILENT_CHOICES; k++)
        err = put_text_field(row, q->choices[k]);
    return err == AQ_OK ? put_int_field(row, q->right) : err;
}

static AqErr fill_tgif_row(json_t *row, AqToySilent *a, const AqToyScene *s,
                           const AqToySilentForm *f, const AqToySilentQuestion *q)
{
    static const char *const tags[TGIF_KINDS] = {"ACTION", "TRANS", "COUNT", "FRAMEQA"};
    char *gif = video_name(AQ_TOY_TGIF, a->seed, s->index), tag[24];
    AqErr err = gif ? put_text_field(row, gif) : AQ_ERR_NOMEM;

    aq_free(gif);
    (void)snprintf(tag, sizeof tag, "%s%d", tags[f->family - AQ_TOY_SILENT_ACTION],
                   a->next_id++);
    if (err == AQ_OK)
        err = put_text_field(row, q->question);
    if (err == AQ_OK)
        err = put_answer(row, f, q);
    if (err == AQ_OK)
        err = put_text_field(row, tag);
    if (err == AQ_OK)
        err = put_int_field(row, (int)s->index);
    return err == AQ_OK && f->family == AQ_TOY_SILENT_FRAME
               ? put_text_field(row, "a band .")
               : err;
}

static AqErr add_tgif(AqToySilent *a, const AqToyScene *s, const AqToySilentForm *f,
                      const AqToySilentQuestion *q)
{
    const int tested = aq_toy_split(s->index) == AQ_TOY_TEST;
    json_t *row = json_array();
    const AqErr err = row ? fill_tgif_row(row, a, s, f, q) : AQ_ERR_NOMEM;

    if (err != AQ_OK) {
        json_decref(row);
        return err;
    }
    return add_silent_row(
        a, a->tgif[tested * TGIF_KINDS + (int)(f->family - AQ_TOY_SILENT_ACTION)], row);
}

static AqErr add_mapping(AqToySilent *a, const AqToyScene *s)
{
    char *name = video_name(AQ_TOY_MSVD, a->seed, s->index);
    char *line = name ? aq_strf("%s vid%u", name, s->index + 1) : NULL;
    const AqErr err = line ? put_text_field(a->mapping, line) : AQ_ERR_NOMEM;

    aq_free(name);
    aq_free(line);
    return err;
}

AqErr aq_toy_silent_ask(AqToySilent *a, const AqToyScene *s)
{
    AqRng r = aq_toy_rng(a->seed, s->index, AQ_TOY_STREAM_SILENT);
    AqErr err = add_mapping(a, s);

    for (int k = 0; err == AQ_OK && k < aq_toy_n_silent_forms; k++) {
        const AqToySilentForm *f = &aq_toy_silent_forms[k];
        AqToySilentQuestion q = {.answer = NULL};

        if (!f->ask(&q, s, &r))
            continue;
        err = f->family == AQ_TOY_SILENT_WORDS      ? add_words(a, s, &q)
              : f->family == AQ_TOY_SILENT_ACTIVITY ? add_activity(a, s, f->type, &q)
                                                    : add_tgif(a, s, f, &q);
    }
    return err;
}

size_t aq_toy_silent_asked(const AqToySilent *a)
{
    return a->n;
}

/* ---- files ---- */

static AqErr write_row_line(AqFsWriter *w, const json_t *row)
{
    const json_t *field;
    size_t k;
    AqErr err = AQ_OK;

    if (json_is_string(row))
        err = aq_fs_write(w, json_string_value(row), json_string_length(row));
    json_array_foreach(row, k, field)
    {
        if (err == AQ_OK && k > 0)
            err = aq_fs_write(w, "\t", 1);
        if (err == AQ_OK)
            err = aq_fs_write(w, json_string_value(field), json_string_length(field));
    }
    return err == AQ_OK ? aq_fs_write(w, "\n", 1) : err;
}

/* `first`, and a line for each row; `first` NULL: all as one JSON array. */
static AqErr write_silent_rows(AqFsWriter *w, const json_t *rows, const char *first)
{
    char *text = first ? NULL : aq_json_text(rows, 0);
    const json_t *row;
    size_t k;
    AqErr err = AQ_OK;

    if (!first) {
        err = text ? aq_fs_write(w, text, strlen(text)) : AQ_ERR_NOMEM;
        aq_free(text);
        return err;
    }
    err = aq_fs_write(w, first, strlen(first));
    json_array_foreach(rows, k, row)
    {
        if (err == AQ_OK)
            err = write_row_line(w, row);
    }
    return err;
}

/* Takes the path. */
static AqErr write_silent_file(char *path, const json_t *rows, const char *first)
{
    AqFsWriter w;
    AqErr err = path ? aq_fs_write_begin(&w, path) : AQ_ERR_NOMEM;

    if (err == AQ_OK) {
        err = write_silent_rows(&w, rows, first);
        if (err == AQ_OK)
            err = aq_fs_write_commit(&w);
        else
            aq_fs_write_abort(&w);
    }
    aq_free(path);
    return err;
}

static AqErr write_tgif(const AqToySilent *a, const char *dir)
{
    static const char choices[] =
        "gif_name\tquestion\ta1\ta2\ta3\ta4\ta5\tanswer\tvid_id\tkey\n";
    static const char *const heads[TGIF_KINDS] = {
        choices, choices, "gif_name\tquestion\tanswer\tvid_id\tkey\n",
        "gif_name\tquestion\tanswer\ttype\tvid_id\tkey\tdescription\n"};
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < N_TGIF; k++)
        err = write_silent_file(aq_strf("%s/tgif/%s_%s_question.csv", dir,
                                        k < TGIF_KINDS ? "Train" : "Test",
                                        tgif_kinds[k % TGIF_KINDS]),
                                a->tgif[k], heads[k % TGIF_KINDS]);
    return err;
}

AqErr aq_toy_silent_write(const AqToySilent *a, const char *dir)
{
    AqErr err = write_tgif(a, dir);

    for (int k = 0; err == AQ_OK && k < AQ_TOY_SPLITS; k++) {
        const char *split = aq_toy_split_names[k];

        err = write_silent_file(aq_strf("%s/msvd/%s_qa.json", dir, split), a->msvd[k],
                                NULL);
        if (err == AQ_OK)
            err = write_silent_file(aq_strf("%s/msrvtt/%s_qa.json", dir, split),
                                    a->msrvtt[k], NULL);
        if (err == AQ_OK)
            err = write_silent_file(aq_strf("%s/activitynet/%s_q.json", dir, split),
                                    a->asked[k], NULL);
        if (err == AQ_OK)
            err = write_silent_file(aq_strf("%s/activitynet/%s_a.json", dir, split),
                                    a->answered[k], NULL);
    }
    return err == AQ_OK ? write_silent_file(aq_strf("%s/msvd/youtube_mapping.txt", dir),
                                            a->mapping, "")
                        : err;
}

static int make_lists(json_t **lists, int n)
{
    int bad = 0;

    for (int k = 0; k < n; k++) {
        lists[k] = json_array();
        bad |= !lists[k];
    }
    return bad;
}

static void free_lists(json_t **lists, int n)
{
    for (int k = 0; k < n; k++)
        json_decref(lists[k]);
}

AqErr aq_toy_silent_new(AqToySilent **out, uint64_t seed)
{
    AqToySilent *a = *out = aq_alloc(1, sizeof *a);

    if (!a)
        return AQ_ERR_NOMEM;
    a->seed = seed;
    if (!(make_lists(a->msvd, AQ_TOY_SPLITS) | make_lists(a->msrvtt, AQ_TOY_SPLITS) |
          make_lists(a->asked, AQ_TOY_SPLITS) | make_lists(a->answered, AQ_TOY_SPLITS) |
          make_lists(a->tgif, N_TGIF) | make_lists(&a->mapping, 1)))
        return AQ_OK;
    aq_toy_silent_free(out);
    return aq_fail(AQ_ERR_NOMEM, "out of memory");
}

void aq_toy_silent_free(AqToySilent **ap)
{
    AqToySilent *a = *ap;

    if (!a)
        return;
    free_lists(a->msvd, AQ_TOY_SPLITS);
    free_lists(a->msrvtt, AQ_TOY_SPLITS);
    free_lists(a->asked, AQ_TOY_SPLITS);
    free_lists(a->answered, AQ_TOY_SPLITS);
    free_lists(a->tgif, N_TGIF);
    free_lists(&a->mapping, 1);
    aq_free(a);
    *ap = NULL;
}
