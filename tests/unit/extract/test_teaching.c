/* SPDX-License-Identifier: MIT */
/*
 * The network of hearing learns from a teacher and from the truth, and from the teacher
 * what the truth would be where it is not known; a training that was stopped and goes
 * on is, bit for bit, one that was not; and folders of other files are refused.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "extract/pretrain/teaching.h"
#include "tests/unit/check.h"
#include "tests/unit/small_hearing.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    N = 24, /* seconds */
    INPUT = AQ_LESSON_INPUT,
    TEACHER = AQ_LESSON_TEACHER,
    COLUMNS = AQ_LESSON_COLUMNS,
    LINE = COLUMNS + 1,
    FLUTE = 11,
    PIANO = 13
};

static char folder[64], network[96], state_path[96];
static float input[N][INPUT], teacher[N][TEACHER];
static char heard[N * LINE + 1];
static AqLesson lesson[N];
static AqLessons lessons = {.n = N, .v = lesson};

/* A flute is a high sound, a piano a low one, and the teacher hears which; every sixth
 * is one in the middle, of which the teacher says what it says of pianos. */
static void draw_lessons(void)
{
    AqRng rng = aq_rng(6, 1);

    for (int k = 0; k < N; k++) {
        const int flute = k % 2, is_middle = k % 6 == 4;

        for (int j = 0; j < INPUT; j++) {
            const int third = j % 64 / 22, here = is_middle ? 1 : flute ? 2 : 0;

            input[k][j] = (float)((third == here ? 0 : -6) + aq_rng_normal(&rng));
        }
        for (int j = 0; j < TEACHER; j++)
            teacher[k][j] =
                j < AQ_LESSON_VALUES
                    ? (float)(j % 3 == flute) + 0.01f * (float)aq_rng_uniform(&rng)
                    : (j - AQ_LESSON_VALUES == flute ? 0.9f : 0.01f);
        memset(heard + k * LINE, '0', COLUMNS);
        heard[k * LINE + (flute ? FLUTE : PIANO)] = '1';
        heard[k * LINE + COLUMNS] = '\n';
        lesson[k] = (AqLesson){input[k], teacher[k], heard + k * LINE};
    }
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/aq_te_%ld", (long)getpid());
    (void)snprintf(network, sizeof network, "%s.safetensors", folder);
    (void)snprintf(state_path, sizeof state_path, "%s.state", folder);
    draw_lessons();
    aq_small_hearing_write(network);
    return mkdir(folder, 0700);
}

static int remove_folder(void **state)
{
    static const char *const leaves[] = {"a.input.npy", "a.teacher.npy", "a.heard"};
    char path[128];

    (void)state;
    for (int k = 0; k < 3; k++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, leaves[k]);
        (void)unlink(path);
    }
    (void)unlink(network);
    (void)unlink(state_path);
    return rmdir(folder);
}

/* ---- learning ---- */

typedef struct Watch {
    AqTeachingReport first, last; /* of validation */
    int n, stop_after;            /* steps; 0: never */
    int steps;
} Watch;

static void watch_report(void *ctx, const AqTeachingReport *r)
{
    Watch *w = ctx;

    if (r->val && w->n++ == 0)
        w->first = *r;
    if (r->val)
        w->last = *r;
}

static int watch_stop(void *ctx)
{
    Watch *w = ctx;

    return w->stop_after > 0 && ++w->steps % w->stop_after == 0;
}

static AqTeachingConfig teaching_config(int passes)
{
    return (AqTeachingConfig){.passes = passes,
                              .batch = 8,
                              .lr = 2e-2,
                              .weight_decay = 0.01,
                              .values = 1,
                              .scores = 5,
                              .truth = 5,
                              .save_steps = 1000,
                              .seed = 3};
}

static AqErr teach_small(AqExtractor **x, const AqLessons *train, Watch *w,
                         const AqTeachingConfig *how)
{
    const AqTeachingJob job = {.train = train,
                               .val = &lessons,
                               .how = how,
                               .state_path = state_path,
                               .report = watch_report,
                               .stop = watch_stop,
                               .ctx = w};

    CHECK_OK(aq_extractor_open(x, "hearing", network, "out=both"));
    return aq_teach(*x, &job);
}

static void it_learns_from_teacher_and_truth(void **state)
{
    const AqTeachingConfig how = teaching_config(60);
    AqExtractor *x = NULL;
    Watch w = {0};

    (void)state;
    (void)unlink(state_path);
    CHECK_OK(teach_small(&x, &lessons, &w, &how));
    assert_int_equal(w.n, 60);
    assert_int_equal(w.last.steps, w.last.step);
    assert_int_equal(w.last.step, 60 * N / 8);
    assert_int_equal(w.last.n_right, N);
    CHECK_NEAR(w.last.right, 1, 0, 0);
    CHECK_NEAR(w.last.teacher_right, 1, 0, 0);
    assert_true(w.last.truth < 0.2 * w.first.truth);
    assert_true(w.last.values < 0.6 * w.first.values);
    assert_true(w.last.scores < 0.3 * w.first.scores);
    aq_extractor_close(&x);
}

/* Of those in the middle nothing is known: the teacher's map tells what they are, and
 * nothing else does. */
static void the_unknown_is_learned_from_the_teacher(void **state)
{
    AqTeachingConfig how = teaching_config(250);
    AqLesson part[N];
    const AqLessons train = {.n = N, .v = part};
    AqExtractor *x = NULL;
    Watch w = {0};

    (void)state;
    (void)unlink(state_path);
    how.values = how.scores = 0;
    memcpy(part, lesson, sizeof part);
    for (int k = 0; k < N; k++)
        if (k % 6 == 4)
            part[k].heard = NULL;
    CHECK_OK(teach_small(&x, &train, &w, &how));
    CHECK_NEAR(w.last.right, 1, 0, 0);
    aq_extractor_close(&x);
}

/* ---- going on ---- */

static void going_on_is_as_if_it_had_not_stopped(void **state)
{
    AqTeachingConfig how = teaching_config(3);
    AqExtractor *whole = NULL, *x = NULL;
    Watch w = {0};

    (void)state;
    how.augment = 1;
    (void)unlink(state_path);
    CHECK_OK(teach_small(&whole, &lessons, &w, &how));
    const size_t n = aq_params_count(aq_extractor_params(whole));
    for (int after = 1; after < 9; after++) { /* of 9 steps */
        AqErr err = AQ_ERR_CANCELLED;
        int times = 0;

        (void)unlink(state_path);
        for (; err == AQ_ERR_CANCELLED; times++) {
            Watch stopping = {.stop_after = after};

            aq_extractor_close(&x);
            err = teach_small(&x, &lessons, &stopping, &how);
        }
        CHECK_OK(err);
        assert_int_equal(times, 1 + 9 / after);
        assert_memory_equal(aq_params_values(aq_extractor_params(x)),
                            aq_params_values(aq_extractor_params(whole)),
                            n * sizeof(AqReal));
    }
    aq_extractor_close(&x);
    aq_extractor_close(&whole);
}

static void another_trainings_state_is_refused(void **state)
{
    AqTeachingConfig how = teaching_config(3);
    AqLesson part[N];
    const AqLessons others = {.n = N, .v = part}, few = {.n = 7, .v = lesson};
    AqExtractor *x = NULL;
    Watch w = {.stop_after = 2};

    (void)state;
    (void)unlink(state_path);
    memcpy(part, lesson, sizeof part);
    part[N - 1] = part[0];
    assert_int_equal(teach_small(&x, &lessons, &w, &how), AQ_ERR_CANCELLED);
    aq_extractor_close(&x);
    w = (Watch){0};
    assert_int_equal(teach_small(&x, &others, &w, &how), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "give the same folders"));
    aq_extractor_close(&x);
    how.lr = 1e-3;
    assert_int_equal(teach_small(&x, &lessons, &w, &how), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "lr"));
    aq_extractor_close(&x);
    assert_int_equal(teach_small(&x, &few, &w, &how), AQ_ERR_USAGE);
    aq_extractor_close(&x);
}

/* ---- folders ---- */

static void write_text(const char *leaf, const void *data, size_t bytes)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", folder, leaf);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, bytes, f), bytes);
    assert_int_equal(fclose(f), 0);
}

/* NumPy's format 1.0: (rows,cols) of float32. */
static void write_rows(const char *leaf, const void *v, int rows, int cols)
{
    char path[128], head[128];
    const int n = 118;

    (void)snprintf(path, sizeof path, "%s/%s", folder, leaf);
    (void)snprintf(head, sizeof head,
                   "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }",
                   rows, cols);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fprintf(f, "\x93NUMPY\x01%c%c%c%-*s\n", 0, n, 0, n - 1, head),
                     10 + n);
    assert_int_equal(fwrite(v, sizeof(float), (size_t)rows * (size_t)cols, f),
                     rows * cols);
    assert_int_equal(fclose(f), 0);
}

static void write_good_folder(void)
{
    write_rows("a.input.npy", input, N, INPUT);
    write_rows("a.teacher.npy", teacher, N, TEACHER);
    write_text("a.heard", heard, (size_t)N * LINE);
}

static void a_folder_is_read(void **state)
{
    AqLessons l = {0};

    (void)state;
    write_good_folder();
    CHECK_OK(aq_lessons_add(&l, folder));
    assert_int_equal(l.n, N);
    for (int k = 0; k < N; k++) {
        assert_memory_equal(l.v[k].input, input[k], sizeof input[k]);
        assert_memory_equal(l.v[k].teacher, teacher[k], sizeof teacher[k]);
        assert_memory_equal(l.v[k].heard, heard + k * LINE, COLUMNS);
    }
    aq_lessons_clear(&l);
}

typedef enum Fault {
    FEWER_ROWS,
    OTHER_WIDTH,
    NOT_NUMPY,
    FEW_LINES,
    OTHER_SIGN,
    LONG_LINE
} Fault;

static void spoil_folder(Fault fault)
{
    static char text[sizeof heard];

    write_good_folder();
    memcpy(text, heard, sizeof text);
    if (fault == FEWER_ROWS)
        write_rows("a.teacher.npy", teacher, N - 1, TEACHER);
    if (fault == OTHER_WIDTH)
        write_rows("a.input.npy", input, N, INPUT - 1);
    if (fault == NOT_NUMPY)
        write_text("a.input.npy", heard, LINE);
    if (fault == FEW_LINES)
        write_text("a.heard", heard, (size_t)(N - 1) * LINE);
    if (fault == OTHER_SIGN || fault == LONG_LINE) {
        text[5 * LINE + (fault == LONG_LINE ? COLUMNS : 3)] =
            fault == LONG_LINE ? '0' : '2';
        write_text("a.heard", text, (size_t)N * LINE);
    }
}

static void other_folders_are_refused(void **state)
{
    static const struct {
        AqErr err;
        const char *says;
    } want[] = {[FEWER_ROWS] = {AQ_ERR_MISMATCH, "23 seconds"},
                [OTHER_WIDTH] = {AQ_ERR_MISMATCH, "rows of 6144 float32"},
                [NOT_NUMPY] = {AQ_ERR_FORMAT, "a.input.npy"},
                [FEW_LINES] = {AQ_ERR_FORMAT, "each of 24 seconds"},
                [OTHER_SIGN] = {AQ_ERR_FORMAT, "line 6"},
                [LONG_LINE] = {AQ_ERR_FORMAT, "line 6"}};

    (void)state;
    for (int k = FEWER_ROWS; k <= LONG_LINE; k++) {
        AqLessons l = {0};

        spoil_folder((Fault)k);
        assert_int_equal(aq_lessons_add(&l, folder), want[k].err);
        assert_non_null(strstr(aq_err_text(), want[k].says));
        aq_lessons_clear(&l);
    }
}

static void what_is_not_there_is_told(void **state)
{
    AqLessons l = {0};
    char path[128];

    (void)state;
    write_good_folder();
    (void)snprintf(path, sizeof path, "%s/a.heard", folder);
    assert_int_equal(unlink(path), 0); /* then nothing is known */
    CHECK_OK(aq_lessons_add(&l, folder));
    assert_int_equal(l.n, N);
    assert_null(l.v[0].heard);
    aq_lessons_clear(&l);
    (void)snprintf(path, sizeof path, "%s/a.teacher.npy", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(aq_lessons_add(&l, folder), AQ_ERR_NOT_FOUND);
    assert_non_null(strstr(aq_err_text(), "a.teacher.npy"));
    aq_lessons_clear(&l);
    (void)snprintf(path, sizeof path, "%s/a.input.npy", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(aq_lessons_add(&l, folder), AQ_ERR_NOT_FOUND);
    assert_non_null(strstr(aq_err_text(), "has no files"));
    aq_lessons_clear(&l);
    assert_int_equal(aq_lessons_add(&l, "/nowhere/at/all"), AQ_ERR_NOT_FOUND);
    aq_lessons_clear(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_learns_from_teacher_and_truth),
        cmocka_unit_test(the_unknown_is_learned_from_the_teacher),
        cmocka_unit_test(going_on_is_as_if_it_had_not_stopped),
        cmocka_unit_test(another_trainings_state_is_refused),
        cmocka_unit_test(a_folder_is_read),
        cmocka_unit_test(other_folders_are_refused),
        cmocka_unit_test(what_is_not_there_is_told)};

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
