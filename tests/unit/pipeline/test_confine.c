/* SPDX-License-Identifier: MIT */
/*
 * A decoder that was taken over: this program again, shut in as the real one is, which
 * then tries what an environment variable names. Each attempt must come to nothing and
 * be told as its clip's failure, and the clip after it must decode.
 */
#define _GNU_SOURCE 1
#include "extract/input/logmel.h"
#include "pipeline/decoder/decoder.h"
#include "pipeline/decoder/decoder_wire.h"
#include "tests/unit/check.h"
#include "tests/unit/clips.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOW "AQ_TEST_CONFINE"

enum { STRAY_FD = 40, HERE = AT_FDCWD };

static char clip[128];

/* ---- the decoder that was taken over ---- */

typedef struct Attempt {
    const char *name;
    long number;
    long a[5];
} Attempt;

#define CALL(c, ...)                                                                   \
    {                                                                                  \
#c, SYS_##c,                                                                   \
        {                                                                              \
            __VA_ARGS__                                                                \
        }                                                                              \
    }

/* Nothing of these is decoding. */
static const Attempt attempts[] = {
    CALL(socket, AF_INET, SOCK_STREAM),
    CALL(socketpair, AF_UNIX, SOCK_STREAM),
    CALL(connect, AQ_DECODER_FD),
    CALL(bind, AQ_DECODER_FD),
    CALL(listen, AQ_DECODER_FD),
    CALL(sendmsg, AQ_DECODER_FD),
    CALL(execve, 0),
    CALL(execveat, HERE),
    CALL(clone, SIGCHLD),
    CALL(clone3, 0),
    CALL(unshare, CLONE_NEWUSER),
    CALL(setns, 0),
    CALL(ptrace, 0),
    CALL(process_vm_readv, 1),
    CALL(process_vm_writev, 1),
    CALL(pidfd_open, 1),
    CALL(kill, 1, SIGTERM),
    CALL(tkill, 1, SIGTERM),
    CALL(tgkill, 1, 1, SIGTERM),
    CALL(unlinkat, HERE),
    CALL(mkdirat, HERE),
    CALL(renameat2, HERE),
    CALL(symlinkat, 0),
    CALL(linkat, HERE),
    CALL(fchmodat, HERE),
    CALL(mount, 0),
    CALL(chroot, 0),
    CALL(openat2, HERE),
    CALL(open_by_handle_at, 0),
    CALL(write, STDIN_FILENO + 4),
    CALL(pwrite64, STDIN_FILENO + 4),
    CALL(ftruncate, STDIN_FILENO + 4),
    CALL(memfd_create, 0),
    CALL(io_uring_setup, 1),
    CALL(userfaultfd, 0),
    CALL(bpf, 0),
    CALL(perf_event_open, 0),
    CALL(keyctl, 0),
    CALL(setuid, 0),
    CALL(shmget, 0),
    CALL(inotify_init1, 0),
    CALL(mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1),
    CALL(mprotect, 0, 4096, PROT_READ | PROT_EXEC),
    CALL(prlimit64, 0, 0, 1),
    CALL(rt_sigaction, SIGSYS, 1),
    CALL(dup, AQ_DECODER_FD)};
enum { N_ATTEMPTS = sizeof attempts / sizeof *attempts };

/* Nobody stopped it: what came of it. */
static void tell(const char *what, long got)
{
    char text[256];

    (void)snprintf(text, sizeof text, "%s: %s", what,
                   got < 0 ? strerror(errno) : "that was let through");
    const AqWireReply r = {.kind = AQ_WIRE_FAILED,
                           .code = AQ_ERR_MEDIA,
                           .text_bytes = (uint32_t)strlen(text)};

    (void)!aq_wire_send(AQ_DECODER_FD, &r, sizeof r);
    (void)!aq_wire_send(AQ_DECODER_FD, text, r.text_bytes);
    (void)poll(NULL, 0, 60000);
}

static void block_and_call(void)
{
    sigset_t only;

    (void)sigemptyset(&only);
    (void)sigaddset(&only, SIGSYS);
    (void)sigprocmask(SIG_BLOCK, &only, NULL);
    (void)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void say_without_end(void)
{
    const AqWireReply r = {.kind = AQ_WIRE_LOG, .code = AQ_LOG_DEBUG, .text_bytes = 1};

    while (aq_wire_send(AQ_DECODER_FD, &r, sizeof r) == AQ_OK &&
           aq_wire_send(AQ_DECODER_FD, "x", 1) == AQ_OK)
        ;
}

static void attempt(const char *how)
{
    static char room[64];

    for (int k = 0; k < N_ATTEMPTS; k++) {
        const Attempt *t = &attempts[k];

        if (strcmp(how, t->name) == 0)
            tell(how, syscall(t->number, t->a[0], t->a[1], t->a[2], t->a[3], t->a[4]));
    }
    if (strcmp(how, "read a file") == 0)
        tell(how, open("/etc/passwd", O_RDONLY));
    else if (strcmp(how, "write a file") == 0)
        tell(how, open("taken", O_WRONLY | O_CREAT, 0644));
    else if (strcmp(how, "a library's file") == 0)
        tell(how, open("/usr/share/zoneinfo/UTC", O_RDONLY));
    else if (strcmp(how, "ask of a file") == 0)
        tell(how, access("/etc/passwd", R_OK));
    else if (strcmp(how, "a stray descriptor") == 0)
        tell(how, read(STRAY_FD, room, sizeof room));
    else if (strcmp(how, "memory") == 0)
        tell(how, (long)(intptr_t)mmap(NULL, (size_t)1 << 36, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    else if (strcmp(how, "blocked") == 0)
        block_and_call();
#ifdef __x86_64__
    else if (strcmp(how, "other numbers") == 0)
        tell(how, syscall(0x40000000 + SYS_socket, AF_INET, SOCK_STREAM, 0));
#endif
    else if (strcmp(how, "words") == 0)
        say_without_end();
    else if (strcmp(how, "loop") == 0)
        for (volatile int k = 1; k;)
            ;
    else if (strcmp(how, "sleep") == 0)
        for (;;)
            (void)poll(NULL, 0, 1000);
}

static int taken_over(const char *how)
{
    AqWireWait w = {0};
    AqWireRequest q;
    char path[AQ_WIRE_MAX_TEXT];
    int handed;

    if (aq_decoder_begin(AQ_DECODER_FD) != AQ_OK ||
        aq_wire_receive_fd(AQ_DECODER_FD, &q, sizeof q, &handed, &w) != AQ_OK ||
        aq_wire_receive(AQ_DECODER_FD, path, q.path_bytes, &w) != AQ_OK)
        return 9;
    attempt(how);
    return 3;
}

/* ---- this side ---- */

static AqErr drop_chunk(void *ctx, AqChunk *c)
{
    *(int *)ctx += c->n;
    aq_chunk_free(&c);
    return AQ_OK;
}

static AqErr decode(AqDecoder *d, const char *how, int *n)
{
    const AqDecodePlan plan = {.n_inputs = 1,
                               .inputs = {{aq_logmel_input(AQ_LOGMEL_VGGISH), 2}},
                               .max_seconds = 60,
                               .give = drop_chunk,
                               .ctx = n};
    AqDecoded out;

    if (how)
        (void)setenv(HOW, how, 1);
    else
        (void)unsetenv(HOW);
    *n = 0;
    const AqErr err = aq_decoder_clip(d, &out, clip, &plan);
    aq_decoded_clear(&out);
    return err;
}

/* The attempt fails as its clip, with these words, and the next clip does not. */
static void check_one(const AqDecoderBounds *bounds, const char *how, const char *words,
                      int next)
{
    AqDecoder *d = NULL;
    int n = 0;

    CHECK_OK(aq_decoder_new(&d, bounds));
    const AqErr err = decode(d, how, &n);
    if (err != AQ_ERR_MEDIA || !strstr(aq_err_text(), words) ||
        strstr(aq_err_text(), "let through"))
        fail_msg("%s: %s: %s", how, aq_err_name(err), aq_err_text());
    if (next) {
        CHECK_OK(decode(d, NULL, &n));
        assert_int_equal(n, 2);
    }
    aq_decoder_free(&d);
}

/* Skips where this build or this kernel has none; where both have, it is in force. */
static void need_filter(void)
{
    char name[32];

    const AqDecoderBounds any = {0};
    AqDecoder *d = NULL;
    AqConfined c;

    (void)unsetenv(HOW);
    CHECK_OK(aq_decoder_new(&d, &any));
    CHECK_OK(aq_decoder_confined(d, &c));
    aq_decoder_free(&d);
    aq_confine_call_name(SYS_socket, name, sizeof name);
    if (!*name || prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
        skip();
    assert_int_equal(c.seccomp, 1);
}

static void what_is_no_decoding_is_stopped(void **state)
{
    const AqDecoderBounds bounds = {.clip_seconds = 60};

    (void)state;
    need_filter();
    for (int k = 0; k < N_ATTEMPTS; k++) {
        const char *name = attempts[k].name;
        char words[128];

        (void)snprintf(
            words, sizeof words,
            "tried something that decoding never needs (system call %ld, %s)",
            attempts[k].number, name);
        check_one(&bounds, name, words, k % 10 == 0);
    }
}

static void files_stay_closed(void **state)
{
    const AqDecoderBounds bounds = {.clip_seconds = 60};

    (void)state;
    need_filter();
    if (!AQ_SANITIZED) /* there Landlock refuses it, and it may go on */
        check_one(&bounds, "read a file", "openat", 1);
    else
        check_one(&bounds, "read a file", "Permission denied", 0);
    check_one(&bounds, "write a file", "openat", 1);
    assert_int_equal(access("taken", F_OK), -1);
    check_one(&bounds, "a library's file", "Permission denied", 0);
    check_one(&bounds, "ask of a file", "Permission denied", 0);
}

static void what_was_open_here_is_not_there(void **state)
{
    const AqDecoderBounds bounds = {.clip_seconds = 60};
    const int fd = open(clip, O_RDONLY);

    (void)state;
    need_filter();
    assert_int_equal(dup2(fd, STRAY_FD), STRAY_FD); /* not closed by exec */
    check_one(&bounds, "a stray descriptor", "Bad file descriptor", 0);
    (void)close(STRAY_FD);
    (void)close(fd);
}

static void nothing_gets_around_the_filter(void **state)
{
    const AqDecoderBounds bounds = {.clip_seconds = 60};

    (void)state;
    need_filter();
    check_one(&bounds, "blocked", "tried something that decoding never needs and was",
              1);
#ifdef __x86_64__
    check_one(&bounds, "other numbers",
              "tried something that decoding never needs and was", 0);
#endif
}

static void memory_time_and_words_have_an_end(void **state)
{
    const AqDecoderBounds memory = {.clip_seconds = 60, .memory_bytes = 1000000000},
                          time = {.clip_seconds = 1};

    (void)state;
    check_one(&memory, "memory", "Cannot allocate memory", 0);
    check_one(&time, "loop", "longer than 1 seconds", 0);
    check_one(&time, "sleep", "longer than 1 seconds", 0);
    check_one(&memory, "words", "invalid message", 1);
}

static void it_can_be_off_or_required(void **state)
{
    const AqDecoderBounds any = {0};
    AqDecoder *d = NULL;
    AqConfined c;

    (void)state;
    need_filter();
    CHECK_OK(aq_decoder_new(&d, &any));
    (void)setenv("AVQA_CONFINE", "perhaps", 1);
    assert_int_equal(aq_decoder_confined(d, &c), AQ_ERR_USAGE);
    (void)setenv("AVQA_CONFINE", "off", 1);
    CHECK_OK(aq_decoder_confined(d, &c));
    assert_int_equal(c.seccomp, 0);
    assert_int_equal(c.landlock_abi, 0);
    aq_decoder_free(&d);
    (void)setenv("AVQA_CONFINE", "require", 1);
    CHECK_OK(aq_decoder_new(&d, &any));
    CHECK_OK(aq_decoder_confined(d, &c));
    assert_int_equal(c.seccomp, 1);
    aq_decoder_free(&d);
    (void)unsetenv("AVQA_CONFINE");
}

static int make_clip(void **state)
{
    if (clips_begin(state) != 0)
        return -1;
    (void)snprintf(clip, sizeof clip, "%s",
                   make("-f lavfi -i testsrc=duration=2:size=64x48:rate=5 "
                        "-f lavfi -i sine=duration=2 -c:v mpeg4 -c:a aac",
                        "clip.mp4"));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], AQ_DECODER_ARG) == 0)
        return getenv(HOW) ? taken_over(getenv(HOW)) : aq_decoder_serve(AQ_DECODER_FD);
    (void)unsetenv("AVQA_CONFINE");
    (void)setenv("AVQA_DECODER", "/proc/self/exe", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_decoding_is_stopped),
        cmocka_unit_test(files_stay_closed),
        cmocka_unit_test(what_was_open_here_is_not_there),
        cmocka_unit_test(nothing_gets_around_the_filter),
        cmocka_unit_test(memory_time_and_words_have_an_end),
        cmocka_unit_test(it_can_be_off_or_required)};

    return cmocka_run_group_tests(tests, make_clip, clips_end);
}
