/* SPDX-License-Identifier: MIT */
#include "extract/pretrain/lessons.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/text.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_HEARD_BYTES = 1 << 26 };
static const char input_end[] = ".input.npy", teacher_end[] = ".teacher.npy";

typedef struct AqLessonFile {
    AqWeights *input, *teacher;
    char *heard; /* lines, or NULL */
} AqLessonFile;

/* Maps a file of (T, `each` values) and gives its values. */
static AqErr map_rows(AqWeights **w, const char *path, size_t each,
                      const float **values, size_t *n)
{
    AqErr err = aq_weights_open(w, path);

    if (err != AQ_OK)
        return err;
    const AqWeight *t = aq_weights_n(*w) == 1 ? aq_weights_at(*w, 0) : NULL;
    *values = t ? aq_weight_in_place(t) : NULL;
    if (!*values || t->n_dims < 2 || t->dims[0] < 1 ||
        t->count != each * (size_t)t->dims[0])
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: is not one array of rows of %zu float32 values", path,
                       each);
    *n = (size_t)t->dims[0];
    return AQ_OK;
}

/* A line for each of n seconds, or more. */
static AqErr check_heard(const char *path, const char *text, size_t bytes, size_t n)
{
    const size_t line = AQ_LESSON_COLUMNS + 1;

    if (bytes % line != 0 || bytes / line < n)
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: has no line of %d signs for each of %zu seconds", path,
                       AQ_LESSON_COLUMNS, n);
    for (size_t k = 0; k < bytes; k++)
        if (k % line == line - 1 ? text[k] != '\n'
                                 : !strchr("01?", text[k]) || !text[k])
            return aq_fail(AQ_ERR_FORMAT,
                           "%s: line %zu: has other signs than %d of '0', '1', '?'",
                           path, k / line + 1, AQ_LESSON_COLUMNS);
    return AQ_OK;
}

static AqErr append_lessons(AqLessons *l, const AqLessonFile *f, const float *input,
                            const float *teacher, size_t n)
{
    AqLesson *v = aq_realloc(l->v, l->n + n, sizeof *v);

    if (!v)
        return AQ_ERR_NOMEM;
    l->v = v;
    for (size_t k = 0; k < n; k++)
        l->v[l->n++] = (AqLesson){
            .input = input ? input + k * AQ_LESSON_INPUT : NULL,
            .teacher = teacher + k * AQ_LESSON_TEACHER,
            .heard = f->heard ? f->heard + k * (AQ_LESSON_COLUMNS + 1) : NULL};
    return AQ_OK;
}

/* NULL where there is no such file: of that sound nothing is known. */
static AqErr read_heard(char **out, const char *path, size_t n)
{
    size_t bytes = 0;
    const AqErr err = aq_fs_read(path, MOST_HEARD_BYTES, out, &bytes);

    if (err == AQ_ERR_NOT_FOUND)
        return AQ_OK;
    return err == AQ_OK ? check_heard(path, *out, bytes, n) : err;
}

static AqErr read_lesson_parts(AqLessonFile *f, AqLessons *l, const char *const path[3])
{
    const float *input = NULL, *teacher = NULL;
    size_t n = 0, said = 0;
    AqErr err =
        l->no_input ? AQ_OK : map_rows(&f->input, path[0], AQ_LESSON_INPUT, &input, &n);

    if (err == AQ_OK)
        err = map_rows(&f->teacher, path[1], AQ_LESSON_TEACHER, &teacher, &said);
    if (l->no_input)
        n = said;
    if (err == AQ_OK && said != n)
        err = aq_fail(AQ_ERR_MISMATCH, "%s: is of %zu seconds, and the sound has %zu",
                      path[1], said, n);
    if (err == AQ_OK)
        err = read_heard(&f->heard, path[2], n);
    return err == AQ_OK ? append_lessons(l, f, input, teacher, n) : err;
}

static AqErr add_lesson_file(AqLessons *l, const char *folder, const char *name,
                             int length)
{
    AqLessonFile *file = aq_realloc(l->file, l->n_files + 1, sizeof *file);
    char *path[3] = {aq_strf("%s/%.*s%s", folder, length, name, input_end),
                     aq_strf("%s/%.*s%s", folder, length, name, teacher_end),
                     aq_strf("%s/%.*s.heard", folder, length, name)};
    AqErr err = AQ_ERR_NOMEM;

    if (file) {
        l->file = file;
        file[l->n_files] = (AqLessonFile){0};
        l->n_files++;
    }
    if (file && path[0] && path[1] && path[2])
        err = read_lesson_parts(&file[l->n_files - 1], l, (const char *const *)path);
    for (int k = 0; k < 3; k++)
        aq_free(path[k]);
    return err;
}

AqErr aq_lessons_add(AqLessons *l, const char *folder)
{
    const char *end = l->no_input ? teacher_end : input_end;
    const size_t end_bytes = strlen(end);
    struct dirent **entry = NULL;
    const int n = scandir(folder, &entry, NULL, alphasort);
    const size_t before = l->n;
    AqErr err = n < 0 ? aq_fail_errno(folder) : AQ_OK;

    for (int k = 0; k < n; k++) {
        const size_t all = strlen(entry[k]->d_name);

        if (err == AQ_OK && all > end_bytes &&
            strcmp(entry[k]->d_name + all - end_bytes, end) == 0)
            err = add_lesson_file(l, folder, entry[k]->d_name, (int)(all - end_bytes));
        free(entry[k]);
    }
    free(entry);
    if (err == AQ_OK && l->n == before)
        err = aq_fail(AQ_ERR_NOT_FOUND, "%s: has no files *%s", folder, end);
    return err;
}

void aq_lessons_clear(AqLessons *l)
{
    for (size_t k = 0; k < l->n_files; k++) {
        aq_weights_unref(&l->file[k].input);
        aq_weights_unref(&l->file[k].teacher);
        aq_free(l->file[k].heard);
    }
    aq_free(l->file);
    aq_free(l->v);
    *l = (AqLessons){0};
}

/* ---- of all of them ---- */

void aq_lessons_measure(const AqLessons *l, double *mean, double *by)
{
    double sum[AQ_LESSON_VALUES] = {0}, square[AQ_LESSON_VALUES] = {0}, n = 0;

    for (size_t k = 0; k < l->n; k++)
        n += l->v[k].heard != NULL;
    const int any = n <= 0;
    n = any ? (double)l->n : n;
    for (size_t k = 0; k < l->n; k++)
        for (int j = 0; (any || l->v[k].heard) && j < AQ_LESSON_VALUES; j++) {
            const double v = (double)l->v[k].teacher[j];
            sum[j] += v;
            square[j] += v * v;
        }
    for (int j = 0; j < AQ_LESSON_VALUES; j++) {
        mean[j] = sum[j] / n;
        by[j] = 1 / sqrt(fmax(square[j] / n - mean[j] * mean[j], 0) + 1e-4);
    }
}

int aq_lesson_is_right(const AqLesson *a, const AqReal *logits)
{
    int one = -1, best = 0;

    for (int k = 0; a->heard && k < AQ_N_KINDS; k++)
        if (a->heard[k] == '1' && one >= 0)
            return -1;
        else if (a->heard[k] == '1')
            one = k;
    for (int k = 1; k < AQ_N_KINDS; k++)
        if (logits[k] > logits[best])
            best = k;
    return one < 0 ? -1 : best == one;
}

double aq_lessons_share(const AqLessons *l, int column)
{
    double heard = 1, known = 2;

    for (size_t k = 0; k < l->n; k++)
        if (l->v[k].heard && l->v[k].heard[column] != '?') {
            heard += l->v[k].heard[column] == '1';
            known += 1;
        }
    return heard / known;
}
