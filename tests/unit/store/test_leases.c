/* SPDX-License-Identifier: MIT */
/* Leases: one process at a time is at work on a video, and the dead hold none. */
#include "base/process.h"
#include "store/store.h"
#include "tests/unit/check.h"

#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char path[64];
static AqStore *s;

static int make_store(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_leases_%ld.db", (long)getpid());
    return aq_store_open(&s, path, AQ_STORE_CREATE) != AQ_OK;
}

static int drop_store(void **state)
{
    (void)state;
    aq_store_close(&s);
    return unlink(path);
}

static int lease(const char *name, int seconds)
{
    int mine = -1;

    CHECK_OK(aq_store_lease(s, name, seconds, &mine));
    return mine;
}

/* Another process that leases `name` and says so; it lives until it is killed. */
static pid_t other_leases(const char *name)
{
    int fd[2], mine = 0;
    char c = 0;

    assert_int_equal(pipe(fd), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        AqStore *own = NULL;
        AqErr err = aq_store_open(&own, path, AQ_STORE_WRITE);

        if (err == AQ_OK)
            err = aq_store_lease(own, name, 3600, &mine);
        c = err == AQ_OK && mine ? 'y' : 'n';
        (void)!write(fd[1], &c, 1);
        for (;;)
            (void)pause();
    }
    assert_int_equal(read(fd[0], &c, 1), 1);
    assert_int_equal(c, 'y');
    (void)close(fd[0]);
    (void)close(fd[1]);
    return pid;
}

static void end(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void write_lease(const char *name, const char *owner, int64_t until_s)
{
    sqlite3 *db = NULL;
    char *sql = sqlite3_mprintf("INSERT OR REPLACE INTO leases VALUES(%Q, %Q, %lld)",
                                name, owner, (long long)until_s);

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_free(sql);
    (void)sqlite3_close(db);
}

static void the_living_hold_theirs(void **state)
{
    (void)state;
    const pid_t pid = other_leases("a");
    assert_int_equal(lease("a", 3600), 0);
    assert_int_equal(lease("b", 3600), 1);
    assert_int_equal(lease("b", 3600), 1); /* one's own, again */
    CHECK_OK(aq_store_drop_leases(s));     /* not theirs */
    assert_int_equal(lease("a", 3600), 0);
    end(pid);
    assert_int_equal(lease("a", 3600), 1);
}

static void other_machines_hold_theirs_for_a_time(void **state)
{
    static const char far[] =
        "11111111-2222-3333-4444-555555555555 pid:[4026531836] 1 17";

    (void)state;
    write_lease("c", far, (int64_t)time(NULL) + 100);
    assert_int_equal(lease("c", 60), 0);
    write_lease("c", far, (int64_t)time(NULL) - 1);
    assert_int_equal(lease("c", 60), 1);
    write_lease("d", "no identity", (int64_t)time(NULL) + 100);
    assert_int_equal(lease("d", 60), 0);
}

/* The number of a dead process may be another's by now. */
static void a_number_alone_is_no_process(void **state)
{
    char me[AQ_PROCESS_ID], other[AQ_PROCESS_ID + 8];

    (void)state;
    aq_process_identity(me);
    assert_int_equal(aq_process_state(me), AQ_PROCESS_RUNS);
    (void)snprintf(other, sizeof other, "%s1", me); /* started at another time */
    assert_int_equal(aq_process_state(other), AQ_PROCESS_GONE);
    assert_int_equal(aq_process_state(""), AQ_PROCESS_UNKNOWN);
    assert_int_equal(aq_process_state(me + 1), AQ_PROCESS_UNKNOWN);
    write_lease("e", other, (int64_t)time(NULL) + 1000);
    assert_int_equal(lease("e", 60), 1);
}

static int is_leased(const char *name)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT 1 FROM leases WHERE name = ?1", -1, &st, NULL),
        SQLITE_OK);
    (void)sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
    const int there = sqlite3_step(st) == SQLITE_ROW;
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    return there;
}

static void they_end_with_what_they_were_for(void **state)
{
    AqStoreVideo v = {.name = "f", .path = "/f.mp4", .notes = ""};

    (void)state;
    assert_int_equal(lease("f", 60), 1);
    assert_int_equal(is_leased("f"), 1);
    CHECK_OK(aq_store_put_failure(s, &v, "decode", "it is broken"));
    assert_int_equal(is_leased("f"), 0);
    memset(v.sha256, 'a', sizeof v.sha256 - 1);
    assert_int_equal(lease("f", 60), 1);
    CHECK_OK(aq_store_put_clip(s, &v, NULL, 0));
    assert_int_equal(is_leased("f"), 0);
    assert_int_equal(lease("g", 60), 1);
    CHECK_OK(aq_store_drop_leases(s));
    assert_int_equal(is_leased("g"), 0);
    assert_int_equal(lease("h", 60), 1);
    CHECK_OK(aq_store_end_lease(s, "h"));
    assert_int_equal(is_leased("h"), 0);
    int mine = 1;
    assert_int_equal(aq_store_lease(s, "../x", 60, &mine), AQ_ERR_FORMAT);
    assert_int_equal(mine, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_living_hold_theirs),
        cmocka_unit_test(other_machines_hold_theirs_for_a_time),
        cmocka_unit_test(a_number_alone_is_no_process),
        cmocka_unit_test(they_end_with_what_they_were_for)};

    return cmocka_run_group_tests(tests, make_store, drop_store);
}
