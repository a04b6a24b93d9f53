/* SPDX-License-Identifier: MIT */
/*
 * The report as tables. Text from annotations goes to the terminal without control
 * characters and cut to a line; long lists are cut to their first lines.
 */
#include "base/text/json.h"
#include "pipeline/commands/data/data_priv.h"

#include <jansson.h>
#include <string.h>

enum { LINES = 10, WIDTH = 72, NAME_WIDTH = 28, LAYOUT_WIDTH = 14 };

static long long int_of(const json_t *o, const char *key)
{
    return (long long)json_integer_value(json_object_get(o, key));
}

/* At most `most` characters; padded to `least`. */
static void print_fitted_text(const char *text, int least, int most)
{
    int n = 0;

    for (const char *p = text; *p;) {
        size_t bytes = 1;

        while (((unsigned char)p[bytes] & 0xc0) == 0x80)
            bytes++;
        if (n == most - 3 && strlen(p) > bytes * 3) {
            (void)fputs("...", stdout);
            n += 3;
            break;
        }
        const unsigned char c = (unsigned char)*p;
        const int is_c1 = c == 0xc2 && bytes == 2 && (unsigned char)p[1] < 0xa0;
        if (c < 32 || c == 127 || is_c1)
            (void)putchar('?');
        else
            (void)fwrite(p, 1, bytes, stdout);
        p += bytes;
        n++;
    }
    for (; n < least; n++)
        (void)putchar(' ');
}

static void put_share(long long n, long long of)
{
    if (of > 0)
        (void)printf("  %5.1f %%", 100.0 * (double)n / (double)of);
}

static size_t count_shown_items(const json_t *list, int all)
{
    const size_t n = json_array_size(list);

    return all || n <= LINES ? n : LINES;
}

static void put_rest(const json_t *list, int all)
{
    const size_t n = json_array_size(list), done = count_shown_items(list, all);

    if (n > done)
        (void)printf("  and %zu more (--all shows them)\n", n - done);
}

/* ---- counts ---- */

static void print_files(const json_t *report)
{
    const json_t *files = json_object_get(report, "files"), *f;
    size_t k;

    (void)printf("%-*s  %-*s  %-10s %9s %9s %8s\n", NAME_WIDTH, "file", LAYOUT_WIDTH,
                 "layout", "form", "questions", "malformed", "deleted");
    json_array_foreach(files, k, f)
    {
        const char *path = aq_json_member_text(f, "file"), *slash = strrchr(path, '/');

        print_fitted_text(slash && slash[1] ? slash + 1 : path, NAME_WIDTH, NAME_WIDTH);
        (void)printf("  %-*s  %-10s %9lld %9lld %8lld\n", LAYOUT_WIDTH,
                     aq_json_member_text(f, "layout"), aq_json_member_text(f, "form"),
                     int_of(f, "questions"), int_of(f, "malformed"),
                     int_of(f, "deleted"));
    }
}

static void print_faults(const json_t *report, int all)
{
    const json_t *faults = json_object_get(report, "malformed"), *f;

    if (json_array_size(faults) == 0)
        return;
    (void)printf("\n%zu malformed records are left out\n", json_array_size(faults));
    for (size_t k = 0; k < count_shown_items(faults, all); k++) {
        f = json_array_get(faults, k);
        (void)printf("  ");
        print_fitted_text(aq_json_member_text(f, "file"), 0, WIDTH);
        (void)printf(": record %lld", int_of(f, "record"));
        if (int_of(f, "line") > 0)
            (void)printf(" (line %lld)", int_of(f, "line"));
        if (*aq_json_member_text(f, "id")) {
            (void)printf(", question ");
            print_fitted_text(aq_json_member_text(f, "id"), 0, 40);
        }
        if (*aq_json_member_text(f, "video")) {
            (void)printf(", video ");
            print_fitted_text(aq_json_member_text(f, "video"), 0, 40);
        }
        (void)printf(": %s\n", aq_json_member_text(f, "reason"));
    }
    put_rest(faults, all);
}

static void print_videos(const json_t *report)
{
    const json_t *v = json_object_get(report, "per_video");

    (void)printf("\n%lld questions about %lld videos", int_of(report, "questions"),
                 int_of(v, "videos"));
    if (int_of(v, "videos") > 0)
        (void)printf(": %lld to %lld a video, median %.3g, mean %.2f", int_of(v, "min"),
                     int_of(v, "max"), json_number_value(json_object_get(v, "median")),
                     json_number_value(json_object_get(v, "mean")));
    (void)putchar('\n');
}

static void print_splits(const json_t *report)
{
    const json_t *splits = json_object_get(report, "splits"), *s;
    size_t k;

    (void)printf("\n%-*s %9s %9s\n", NAME_WIDTH, "split", "questions", "videos");
    json_array_foreach(splits, k, s)
    {
        print_fitted_text(aq_json_member_text(s, "split"), NAME_WIDTH, NAME_WIDTH);
        (void)printf(" %9lld %9lld\n", int_of(s, "questions"), int_of(s, "videos"));
    }
}

static void put_type(const json_t *t)
{
    char type[160];

    (void)snprintf(type, sizeof type, "%.70s %.70s", aq_json_member_text(t, "modality"),
                   aq_json_member_text(t, "kind"));
    print_fitted_text(type, NAME_WIDTH, NAME_WIDTH);
}

static void print_types(const json_t *report, int all)
{
    const json_t *types = json_object_get(report, "types");

    (void)printf("\n%-*s %9s\n", NAME_WIDTH, "type", "questions");
    for (size_t k = 0; k < count_shown_items(types, all); k++) {
        const json_t *t = json_array_get(types, k);

        put_type(t);
        (void)printf(" %9lld", int_of(t, "n"));
        put_share(int_of(t, "n"), int_of(report, "questions"));
        (void)putchar('\n');
    }
    put_rest(types, all);
}

static void print_counts(const json_t *report, const char *list, const char *key,
                         int all)
{
    const json_t *counts = json_object_get(report, list);

    (void)printf("\n%9zu %s\n", json_array_size(counts), list);
    for (size_t k = 0; k < count_shown_items(counts, all); k++) {
        const json_t *c = json_array_get(counts, k);

        (void)printf("%9lld", int_of(c, "n"));
        put_share(int_of(c, "n"), int_of(report, "questions"));
        (void)printf("  ");
        print_fitted_text(aq_json_member_text(c, key), 0, WIDTH);
        (void)putchar('\n');
    }
    put_rest(counts, all);
}

/* Where not all answers are words. */
static void print_tasks(const json_t *report)
{
    const json_t *tasks = json_object_get(report, "tasks"), *c;
    const char *before = " (";
    size_t k;

    if (int_of(tasks, "choice") + int_of(tasks, "count") == 0)
        return;
    (void)printf("\n%lld answers are words, %lld counts, %lld one of several to choose "
                 "from",
                 int_of(tasks, "open"), int_of(tasks, "count"),
                 int_of(tasks, "choice"));
    json_array_foreach(json_object_get(tasks, "choices"), k, c)
    {
        (void)printf("%s%lld of %lld", before, int_of(c, "n"), int_of(c, "of"));
        before = ", ";
    }
    (void)printf(*before == ',' ? ")\n" : "\n");
}

static void print_vocabularies(const json_t *report)
{
    const json_t *all = json_object_get(report, "vocabularies"), *v, *s;
    size_t k, i;

    json_array_foreach(all, k, v)
    {
        if (k == 0)
            (void)printf("\nanswers of train that a vocabulary keeps, and questions "
                         "that they answer\n");
        if (int_of(v, "most") > 0)
            (void)printf("  the %lld most frequent", int_of(v, "most"));
        else
            (void)printf("  at least %lld times", int_of(v, "least"));
        (void)printf(": %lld of %lld;", int_of(v, "answers"), int_of(v, "of"));
        json_array_foreach(json_object_get(v, "splits"), i, s)
        {
            (void)printf("%s ", i ? "," : "");
            print_fitted_text(aq_json_member_text(s, "split"), 0, NAME_WIDTH);
            put_share(int_of(s, "known"), int_of(s, "n"));
        }
        (void)putchar('\n');
    }
}

/* ---- traps ---- */

static void print_shared(const json_t *report)
{
    const json_t *shared = json_object_get(report, "shared"), *s;
    size_t k;

    if (json_array_size(json_object_get(report, "splits")) < 2)
        return;
    (void)printf("\nvideos in more than one split: %s\n",
                 json_array_size(shared) ? "" : "none");
    json_array_foreach(shared, k, s)
    {
        const json_t *names = json_object_get(s, "splits"),
                     *of = json_object_get(s, "of");

        for (size_t i = 0; i < 2; i++) {
            const long long n = (long long)json_integer_value(json_array_get(of, i));

            (void)printf("%9lld of the %lld of ", int_of(s, "n"), n);
            print_fitted_text(json_string_value(json_array_get(names, i)), 0,
                              NAME_WIDTH);
            (void)printf(" are in ");
            print_fitted_text(json_string_value(json_array_get(names, 1 - i)), 0,
                              NAME_WIDTH);
            (void)printf(" too");
            put_share(int_of(s, "n"), n);
            (void)putchar('\n');
        }
    }
    if (json_array_size(shared))
        (void)printf("  Splits by question share videos, as MUSIC-AVQA's own do: what "
                     "is learnt of a\n  video in training then helps with its other "
                     "questions.\n");
}

static void print_contradictions(const json_t *report, int all)
{
    const json_t *same = json_object_get(report, "same_question"),
                 *list = json_object_get(same, "contradictions");

    if (int_of(same, "repeated") > 0)
        (void)printf("\n%lld questions are asked of a video again word for word, with "
                     "the same answer\n",
                     int_of(same, "repeated"));
    if (json_array_size(list) == 0)
        return;
    (void)printf("\n%zu questions are asked of a video word for word with differing "
                 "answers\n",
                 json_array_size(list));
    for (size_t k = 0; k < count_shown_items(list, all); k++) {
        const json_t *c = json_array_get(list, k), *a;
        size_t i;

        (void)printf("  ");
        print_fitted_text(aq_json_member_text(c, "video"), 0, 40);
        (void)printf(": ");
        print_fitted_text(aq_json_member_text(c, "question"), 0, WIDTH);
        json_array_foreach(json_object_get(c, "answers"), i, a)
        {
            if (i == LINES && !all) {
                (void)printf(", ...");
                break;
            }
            (void)printf(i ? ", " : " ");
            print_fitted_text(aq_json_member_text(a, "answer"), 0, 40);
            (void)printf(" (");
            print_fitted_text(aq_json_member_text(a, "split"), 0, 20);
            (void)printf(")");
        }
        (void)putchar('\n');
    }
    put_rest(list, all);
}

static void print_unseen(const json_t *report, int all)
{
    const json_t *list = json_object_get(report, "unseen_answers");

    if (!json_is_array(list) || json_array_size(json_object_get(report, "splits")) < 2)
        return;
    (void)printf("\nanswers that the train split never has: %s\n",
                 json_array_size(list) ? "" : "none");
    for (size_t k = 0; k < count_shown_items(list, all); k++) {
        const json_t *u = json_array_get(list, k);

        (void)printf("%9lld in ", int_of(u, "n"));
        print_fitted_text(aq_json_member_text(u, "split"), 8, NAME_WIDTH);
        (void)printf("  ");
        print_fitted_text(aq_json_member_text(u, "answer"), 0, WIDTH);
        (void)putchar('\n');
    }
    put_rest(list, all);
}

static void print_floor_row(const json_t *m)
{
    (void)printf(" %9lld %9lld", int_of(m, "n"), int_of(m, "right"));
    put_share(int_of(m, "right"), int_of(m, "n"));
    (void)putchar('\n');
}

static void print_floor(const json_t *report, int all)
{
    const json_t *floors = json_object_get(report, "floor"), *m;
    size_t k;

    json_array_foreach(floors, k, m)
    {
        const json_t *types = json_object_get(m, "types");
        const int itself = strcmp(aq_json_member_text(m, "split"),
                                  aq_json_member_text(m, "fitted_on")) == 0;

        (void)printf("\nblind floor of ");
        print_fitted_text(aq_json_member_text(m, "split"), 0, NAME_WIDTH);
        (void)printf(itself ? ", learnt from itself (higher than on new questions)\n"
                            : ", learnt from %s\n",
                     "train");
        (void)printf("%-*s %9s %9s\n", NAME_WIDTH, "type", "questions", "right");
        for (size_t t = 0; t < count_shown_items(types, all); t++) {
            put_type(json_array_get(types, t));
            print_floor_row(json_array_get(types, t));
        }
        put_rest(types, all);
        print_fitted_text("Overall", NAME_WIDTH, NAME_WIDTH);
        print_floor_row(m);
    }
    (void)printf("  The floor gives each wording of a question (template) its most "
                 "frequent answer.\n");
}

/* ---- the folder ---- */

static void print_names(const char *what, const json_t *names, int all)
{
    (void)printf("%9zu %s\n", json_array_size(names), what);
    for (size_t k = 0; k < count_shown_items(names, all); k++) {
        (void)printf("            ");
        print_fitted_text(json_string_value(json_array_get(names, k)), 0, WIDTH);
        (void)putchar('\n');
    }
    put_rest(names, all);
}

static void print_folder(const json_t *report, int all)
{
    const json_t *f = json_object_get(report, "folder"),
                 *twice = json_object_get(f, "duplicated"), *file;
    size_t i;

    if (!f)
        return;
    (void)printf("\n");
    print_fitted_text(aq_json_member_text(f, "folder"), 0, WIDTH);
    (void)printf(": %lld videos\n", int_of(f, "files"));
    print_names("asked about and missing", json_object_get(f, "missing"), all);
    print_names("there and not asked about", json_object_get(f, "not_asked"), all);
    (void)printf("%9zu names that several files have\n", json_array_size(twice));
    for (size_t k = 0; k < count_shown_items(twice, all); k++) {
        const json_t *t = json_array_get(twice, k);

        (void)printf("            ");
        print_fitted_text(aq_json_member_text(t, "video"), 0, 40);
        (void)printf(":");
        json_array_foreach(json_object_get(t, "files"), i, file)
        {
            (void)printf(" ");
            print_fitted_text(json_string_value(file), 0, WIDTH);
        }
        (void)putchar('\n');
    }
    put_rest(twice, all);
}

void aq_data_print(const json_t *report, int all)
{
    print_files(report);
    print_faults(report, all);
    print_videos(report);
    print_splits(report);
    print_types(report, all);
    print_counts(report, "templates", "template", all);
    print_counts(report, "answers", "answer", all);
    print_tasks(report);
    print_vocabularies(report);
    print_shared(report);
    print_contradictions(report, all);
    print_unseen(report, all);
    print_floor(report, all);
    print_folder(report, all);
}
