/* SPDX-License-Identifier: MIT */
/*
 * What a program may expect of libavqa, by the installed header alone: errors as
 * values, objects shared by threads, and a process that stays as it was. Says what
 * failed and ends with 1; writes nothing otherwise. library CLIP NO-CLIP
 */
#define _GNU_SOURCE
#include <avqa.h>

#include <dirent.h>
#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUESTION "which instrument sounds first?"

static int fails;

#define CHECK(what)                                                                    \
    do {                                                                               \
        if (!(what)) {                                                                 \
            printf("line %d: not %s\n", __LINE__, #what);                              \
            fails++;                                                                   \
        }                                                                              \
    } while (0)

/* ---- the process ---- */

typedef struct Process {
    struct sigaction handled[65];
    sigset_t mask;
    mode_t umask;
    char folder[4096], environment[65536], numbers[64];
    int files, threads;
} Process;

static int count_entries(const char *path)
{
    DIR *d = opendir(path);
    int n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        (void)closedir(d);
    return n;
}

static void look_at_process(Process *p)
{
    size_t used = 0;

    memset(p, 0, sizeof *p);
    for (int s = 1; s < 65; s++)
        (void)sigaction(s, NULL, &p->handled[s]);
    (void)pthread_sigmask(SIG_SETMASK, NULL, &p->mask);
    p->umask = umask(0);
    (void)umask(p->umask);
    (void)!getcwd(p->folder, sizeof p->folder);
    for (char **e = environ; *e && used < sizeof p->environment; e++)
        used += (size_t)snprintf(p->environment + used, sizeof p->environment - used,
                                 "%s\n", *e);
    (void)snprintf(p->numbers, sizeof p->numbers, "%s %.1f", setlocale(LC_ALL, NULL),
                   0.5);
    p->files = count_entries("/proc/self/fd");
    p->threads = count_entries("/proc/self/task");
}

static void process_stays(const Process *before)
{
    static Process now;

    look_at_process(&now);
    for (int s = 1; s < 65; s++)
        CHECK(now.handled[s].sa_handler == before->handled[s].sa_handler);
    CHECK(memcmp(&now.mask, &before->mask, sizeof now.mask) == 0);
    CHECK(now.umask == before->umask);
    CHECK(strcmp(now.folder, before->folder) == 0);
    CHECK(strcmp(now.environment, before->environment) == 0);
    CHECK(strcmp(now.numbers, before->numbers) == 0);
    CHECK(now.files == before->files);
    CHECK(now.threads == before->threads);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

/* ---- signals ---- */

static pthread_t main_thread;
static volatile sig_atomic_t n_ticks, n_elsewhere;

static void on_tick(int sig)
{
    (void)sig;
    n_ticks++;
    n_elsewhere += !pthread_equal(pthread_self(), main_thread);
}

static void set_ticking(long every_us)
{
    const struct itimerval it = {{0, every_us}, {0, every_us}};

    (void)setitimer(ITIMER_REAL, &it, NULL);
}

/* ---- errors ---- */

static void errors_are_values(const Avqa *a, const AvqaModel *m, const AvqaClip *clip,
                              const char *path, const char *no_clip)
{
    const char *const choices[] = {"a", "b", NULL};
    AvqaError e;
    AvqaClip *c = (AvqaClip *)1;
    AvqaModel *other = NULL;
    AvqaAnswer *y = NULL;
    AvqaNetwork *n = NULL;
    Avqa *own = NULL;

    CHECK(avqa_clip_open(&c, m, "there/is-none.mp4", &e) == AVQA_NOT_FOUND);
    CHECK(c == NULL && e.status == AVQA_NOT_FOUND);
    CHECK(strstr(e.text, "there/is-none.mp4: No such file"));
    CHECK(avqa_clip_open(&c, m, no_clip, &e) == AVQA_MEDIA && strstr(e.text, no_clip));
    CHECK(avqa_clip_open(&c, m, no_clip, NULL) == AVQA_MEDIA && c == NULL);
    CHECK(avqa_model_open(&other, a, "none.safetensors", &e) == AVQA_NOT_FOUND);
    CHECK(avqa_model_open(&other, a, no_clip, &e) != AVQA_OK && other == NULL);
    CHECK(avqa_network_open(&n, a, "vgish_nano", NULL, NULL, &e) == AVQA_NOT_FOUND);
    CHECK(strstr(e.text, "vggish_nano") && n == NULL);
    CHECK(avqa_ask(&y, m, clip, "?", NULL, 0, &e) == AVQA_USAGE && y == NULL);
    CHECK(avqa_ask(&y, m, clip, QUESTION, choices, 0, &e) == AVQA_USAGE);
    CHECK(avqa_ask(&y, m, clip, QUESTION, NULL, 1u << 20, &e) == AVQA_USAGE);
    CHECK(avqa_new(&own, &e) == AVQA_OK && e.status == AVQA_OK && !*e.text);
    CHECK(avqa_set(own, "treads", "1", &e) == AVQA_USAGE && strstr(e.text, "threads"));
    CHECK(avqa_set(own, "threads", "many", &e) == AVQA_USAGE);
    CHECK(avqa_set(own, "decoder", "/there/is/none", &e) == AVQA_OK);
    CHECK(avqa_model_open(&other, own, "default", &e) == AVQA_OK);
    CHECK(avqa_clip_open(&c, other, path, &e) == AVQA_UNSUPPORTED);
    CHECK(strstr(e.text, "/there/is/none"));
    CHECK(avqa_ask(&y, other, clip, QUESTION, NULL, 0, &e) == AVQA_USAGE);
    avqa_model_free(&other);
    avqa_free(&own);
    avqa_free(&own);
}

static int stop_now(void *context)
{
    ++*(int *)context;
    return 1;
}

static void calls_can_be_stopped(const char *path)
{
    int polled = 0;
    AvqaNetwork *n = NULL;
    AvqaFeatures *f = NULL;
    AvqaError e;
    Avqa *a = NULL;

    CHECK(avqa_new(&a, &e) == AVQA_OK);
    avqa_stop_if(a, stop_now, &polled);
    CHECK(avqa_network_open(&n, a, "vggish_nano", NULL, NULL, &e) == AVQA_OK);
    CHECK(avqa_features(&f, n, path, 0, &e) == AVQA_CANCELLED && polled > 0);
    CHECK(f == NULL);
    avqa_network_free(&n);
    avqa_free(&a);
}

/* ---- media ---- */

typedef struct Seen {
    float samples[60][AVQA_RATE];
    int seconds, pictures, width, height, stop_at;
    double last;
} Seen;

static int see_sound(void *context, int second, const float samples[AVQA_RATE])
{
    Seen *s = (Seen *)context;

    CHECK(second == s->seconds && second < 60);
    memcpy(s->samples[s->seconds++], samples, sizeof s->samples[0]);
    return s->seconds == s->stop_at;
}

static int see_picture(void *context, double at, const unsigned char *rgb, int width,
                       int height, size_t stride)
{
    Seen *s = (Seen *)context;

    CHECK(at == (double)s->pictures / 2 && stride >= (size_t)width * 3 && rgb);
    s->pictures++;
    s->width = width;
    s->height = height;
    s->last = at;
    return 0;
}

/* What is decoded is what networks are given. */
static void media_is_what_networks_are_given(const Avqa *a, const char *path)
{
    static Seen seen;
    AvqaReceiver to = {sizeof to, &seen, see_sound, see_picture};
    AvqaNetwork *n = NULL;
    AvqaFeatures *f = NULL;
    AvqaError e;
    size_t shape[4];
    float *mel;

    CHECK(avqa_decode(a, path, 2, &to, &e) == AVQA_OK);
    CHECK(seen.seconds == 10 && seen.pictures == 20 && seen.last == 9.5);
    CHECK(seen.width > 0 && seen.height > 0);
    CHECK(avqa_network_open(&n, a, "vggish_nano", NULL, NULL, &e) == AVQA_OK);
    CHECK(avqa_network_stream(n) == AVQA_SOUND);
    CHECK(avqa_features(&f, n, path, AVQA_INPUT, &e) == AVQA_OK);
    if (!f)
        return;
    CHECK(avqa_features_row(f, 9, NULL, NULL) == 1);
    CHECK(avqa_features_row(f, 10, NULL, NULL) == 0);
    CHECK(avqa_features_shape(f, shape) == 3 && shape[0] == 10 && shape[1] == 96);
    mel = (float *)calloc(shape[0] * 96 * 64, sizeof *mel);
    CHECK(avqa_logmel(&seen.samples[0][0], shape[0], 0.01, mel, &e) == AVQA_OK);
    CHECK(memcmp(mel, avqa_features_data(f), shape[0] * 96 * 64 * sizeof *mel) == 0);
    CHECK(avqa_logmel(&seen.samples[0][0], 1, -1, mel, &e) == AVQA_USAGE);
    free(mel);
    avqa_features_free(&f);
    avqa_network_free(&n);
    memset(&seen, 0, sizeof seen);
    seen.stop_at = 3;
    CHECK(avqa_decode(a, path, 2, &to, &e) == AVQA_CANCELLED && seen.seconds == 3);
    CHECK(avqa_decode(a, path, 3, &to, &e) == AVQA_USAGE);
    to.size = 1;
    CHECK(avqa_decode(a, path, 2, &to, &e) == AVQA_USAGE);
}

/* ---- threads ---- */

typedef struct Asker {
    const AvqaModel *m;
    const AvqaClip *clip;
    const char *path;
    char guess[2][64];
    double probability[2];
} Asker;

static void ask_once(Asker *k, int at, const AvqaClip *clip, unsigned what)
{
    AvqaError e;
    AvqaAnswer *y = NULL;

    if (avqa_ask(&y, k->m, clip, QUESTION, NULL, what, &e) == AVQA_OK)
        (void)snprintf(k->guess[at], sizeof k->guess[at], "%s",
                       avqa_answer_at(y, 0, &k->probability[at]));
    else
        printf("%s\n", e.text);
    avqa_answer_free(&y);
}

/* The shared clip, and one of its own. */
static void *ask_as_thread(void *arg)
{
    Asker *k = (Asker *)arg;
    AvqaClip *own = NULL;
    AvqaError e;

    ask_once(k, 0, k->clip, AVQA_OCCLUSION);
    if (avqa_clip_open(&own, k->m, k->path, &e) == AVQA_OK)
        ask_once(k, 1, own, 0);
    else
        printf("%s\n", e.text);
    avqa_clip_free(&own);
    return NULL;
}

static void threads_share(const AvqaModel *m, const AvqaClip *clip, const char *path)
{
    Asker one = {m, clip, path, {"", ""}, {0, 0}}, k[2] = {one, one};
    pthread_t t[2];

    ask_once(&one, 0, clip, 0);
    CHECK(*one.guess[0] && one.probability[0] > 0);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&t[i], NULL, ask_as_thread, &k[i]) == 0);
    for (int i = 0; i < 2; i++)
        (void)pthread_join(t[i], NULL);
    for (int i = 0; i < 4; i++) {
        CHECK(strcmp(k[i / 2].guess[i % 2], one.guess[0]) == 0);
        CHECK(k[i / 2].probability[i % 2] == one.probability[0]);
    }
}

/* ---- what a model says of itself ---- */

static void models_say_what_they_know(const AvqaModel *m, const AvqaClip *clip)
{
    size_t answers = 0, wordings = 0;
    int first = 0;

    while (avqa_model_answer(m, answers))
        answers++;
    for (const char *w; (w = avqa_model_wording(m, wordings)); wordings++)
        first |= strstr(w, "first") != NULL;
    CHECK(answers > 10 && wordings > 10 && first);
    CHECK(avqa_model_knows(m) && strstr(avqa_model_knows(m), "violin"));
    CHECK(strstr(avqa_model_path(m), "toyband.safetensors"));
    CHECK(!avqa_model_chooses(m));
    CHECK(avqa_clip_seconds(clip) == 10);
    CHECK(avqa_clip_has(clip, AVQA_SOUND, 0) && avqa_clip_has(clip, AVQA_PICTURE, 9));
    CHECK(!avqa_clip_has(clip, AVQA_SOUND, 10) && !avqa_clip_has(clip, AVQA_SOUND, -1));
}

int main(int argc, char **argv)
{
    static Process before;
    struct sigaction tick;
    Avqa *a = NULL;
    AvqaModel *m = NULL;
    AvqaClip *clip = NULL;
    AvqaError e;

    if (argc != 3)
        return 2;
    (void)setlocale(LC_ALL, "");
    main_thread = pthread_self();
    memset(&tick, 0, sizeof tick);
    tick.sa_handler = on_tick;
    tick.sa_flags = SA_RESTART;
    (void)sigaction(SIGALRM, &tick, NULL);
    look_at_process(&before);
    set_ticking(2000);
    CHECK(strcmp(avqa_version(), AVQA_VERSION) == 0);
    CHECK(avqa_new(&a, &e) == AVQA_OK);
    CHECK(avqa_set(a, "threads", "2", &e) == AVQA_OK);
    CHECK(avqa_model_open(&m, a, NULL, &e) == AVQA_OK);
    CHECK(avqa_clip_open(&clip, m, argv[1], &e) == AVQA_OK);
    if (!clip) {
        printf("%s\n", e.text);
        return 1;
    }
    process_stays(&before);
    models_say_what_they_know(m, clip);
    errors_are_values(a, m, clip, argv[1], argv[2]);
    calls_can_be_stopped(argv[1]);
    media_is_what_networks_are_given(a, argv[1]);
    set_ticking(0);
    threads_share(m, clip, argv[1]);
    CHECK(n_ticks > 0 && n_elsewhere == 0);
    process_stays(&before);
    avqa_clip_free(&clip);
    avqa_model_free(&m);
    avqa_free(&a);
    return fails > 0;
}
