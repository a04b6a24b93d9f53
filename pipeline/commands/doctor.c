/* SPDX-License-Identifier: MIT */
/* avqa-pipe doctor: what this machine has, what was chosen, where files are. */
#include "base/alloc.h"
#include "base/cpu.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/text.h"
#include "extract/input/frames.h"
#include "extract/input/logmel.h"
#include "model/tensor/gemm.h"
#include "model/tensor/packed.h"
#include "pipeline/commands/command.h"
#include "pipeline/decoder/decoder.h"
#include "pipeline/parallel/stage.h"
#include "pipeline/ui/config.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = 1024, TIMES = 5 };

/* GFLOP/s of square single-precision products on n threads, the best of some. */
static AqErr measure_gemm_gflops(int n_threads, double *out)
{
    const size_t n = (size_t)SIDE * SIDE;
    AqThreadExecutor *x = NULL;
    float *m = aq_alloc(3 * n, sizeof *m);
    AqErr err = m ? aq_thread_executor_new(&x, n_threads) : AQ_ERR_NOMEM;

    *out = 0;
    for (size_t k = 0; err == AQ_OK && k < 2 * n; k++)
        m[k] = (float)(k % 17) * 0.1f;
    for (int k = 0; err == AQ_OK && k < TIMES; k++) {
        const int64_t from = aq_clock_us();

        aq_gemm_par(aq_thread_executor_as(x), m + 2 * n, m, AQ_N, m + n, AQ_N, SIDE,
                    SIDE, SIDE, 1, 0);
        const double us = (double)(aq_clock_us() - from);
        const double rate = us > 0 ? 2.0 * SIDE * SIDE * SIDE / us / 1e3 : 0;
        *out = rate > *out ? rate : *out;
    }
    aq_thread_executor_free(&x);
    aq_free(m);
    return err;
}

/* Takes the path. */
static void add_place(json_t *o, const char *what, char *path)
{
    if (path)
        (void)json_object_set_new(
            o, what,
            aq_json_pack("{s:s, s:b}", "path", path, "there", access(path, F_OK) == 0));
    aq_free(path);
}

static json_t *places_json(const AqCommon *c)
{
    json_t *o = json_object();
    char *path = NULL;

    if (aq_config_store(c->store, &path) == AQ_OK)
        add_place(o, "store", path);
    if (aq_config_model(c->model, &path) == AQ_OK)
        add_place(o, "model", path);
    if (aq_fs_user_dir(AQ_FS_DATA, &path) == AQ_OK)
        add_place(o, "data folder", path);
    return o;
}

static void add_sampling(json_t *o, AqModality m)
{
    const AqFramesConfig frames = aq_frames_default(224);
    const AqInput in = m == AQ_AUDIO ? aq_logmel_input(AQ_LOGMEL_VGGISH)
                                     : aq_frames_input(&frames, AQ_ROWS_SECONDS);
    char *text = NULL;

    if (aq_decode_sampling(&in, &text) == AQ_OK)
        (void)json_object_set_new(o, aq_modality_name(m), json_string(text));
    aq_free(text);
}

/* As a decoder says of itself; where none begins, why. */
static json_t *confinement_json(void)
{
    const AqDecoderBounds any = {0};
    AqConfineMode mode = AQ_CONFINE_AUTO;
    AqDecoder *d = NULL;
    AqConfined got = {0};
    AqErr err = aq_confine_mode(&mode);

    if (err == AQ_OK)
        err = aq_decoder_new(&d, &any);
    if (err == AQ_OK)
        err = aq_decoder_confined(d, &got);
    aq_decoder_free(&d);
    return json_pack("{s:b, s:i, s:s, s:s}", "seccomp", got.seccomp, "landlock",
                     (int)got.landlock_abi, "asked", aq_confine_mode_name(mode),
                     "fault", err == AQ_OK ? "" : aq_err_text());
}

static AqErr collect_doctor_report(const AqCommon *c, json_t **out)
{
    const int threads = aq_config_jobs(c->jobs);
    const AqGemmInfo g = aq_gemm_info();
    double one = 0, all = 0;
    AqErr err = measure_gemm_gflops(1, &one);

    if (err == AQ_OK)
        err = measure_gemm_gflops(threads, &all);
    json_t *sampling = json_object();
    add_sampling(sampling, AQ_AUDIO);
    add_sampling(sampling, AQ_VISUAL);
    *out = aq_json_pack(
        "{s:s, s:{s:s, s:i, s:s, s:b, s:b}, s:{s:s, s:s, s:i, s:f, s:f, s:s, s:s, "
        "s:b}, "
        "s:s, s:s, s:o, s:o, s:o}",
        "program", AQ_PROGRAM, "cpu", "name", aq_cpu_name(), "cores", aq_cpu_count(),
        "kernels", aq_cpu_level_name(aq_cpu_level()), "bf16", aq_cpu_has_bf16(), "vnni",
        aq_cpu_has_vnni(), "products", "backend", g.backend, "core", g.core, "threads",
        threads, "gflops_one_thread", one, "gflops", all, "advice",
        g.advice ? g.advice : "", "networks", aq_packed_backend(), "networks_bf16",
        aq_precision_check(AQ_PRECISION_BF16) == AQ_OK, "sqlite", sqlite3_libversion(),
        "jansson", JANSSON_VERSION, "sampling", sampling, "files", places_json(c),
        "confinement", confinement_json());
    return err;
}

static void print_confinement(json_t *c)
{
    const long long abi = json_integer_value(json_object_get(c, "landlock"));
    const int seccomp = json_is_true(json_object_get(c, "seccomp"));

    (void)printf("media     decoded in a process of its own; seccomp: %s, Landlock: ",
                 seccomp ? "yes" : "no");
    if (abi > 0)
        (void)printf("ABI %lld", abi);
    else
        (void)printf("no");
    if (strcmp(aq_json_member_text(c, "asked"), "auto") != 0)
        (void)printf(" (AVQA_CONFINE=%s)", aq_json_member_text(c, "asked"));
    (void)putchar('\n');
    if (*aq_json_member_text(c, "fault"))
        (void)printf("          %s\n", aq_json_member_text(c, "fault"));
    else if (!seccomp && strcmp(aq_json_member_text(c, "asked"), "off") != 0)
        (void)printf("          system calls are not filtered: this kernel has no "
                     "seccomp, or the program was built without libseccomp\n");
}

static void print_doctor_text(json_t *o)
{
    json_t *cpu = json_object_get(o, "cpu"), *p = json_object_get(o, "products"), *v;
    const char *name;

    (void)printf("%s\ncpu       %s, %lld cores; kernels: %s%s%s\n",
                 aq_json_member_text(o, "program"), aq_json_member_text(cpu, "name"),
                 (long long)json_integer_value(json_object_get(cpu, "cores")),
                 aq_json_member_text(cpu, "kernels"),
                 json_is_true(json_object_get(cpu, "bf16")) ? ", bf16" : "",
                 json_is_true(json_object_get(cpu, "vnni")) ? ", vnni" : "");
    (void)printf("products  %s, core %s: %.0f GFLOP/s on one thread, %.0f on %lld "
                 "(%d^3, single precision)\n",
                 aq_json_member_text(p, "backend"), aq_json_member_text(p, "core"),
                 json_real_value(json_object_get(p, "gflops_one_thread")),
                 json_real_value(json_object_get(p, "gflops")),
                 (long long)json_integer_value(json_object_get(p, "threads")), SIDE);
    (void)printf("networks  %s; precision f32%s\n", aq_json_member_text(p, "networks"),
                 json_is_true(json_object_get(p, "networks_bf16")) ? ", bf16" : "");
    if (*aq_json_member_text(p, "advice"))
        (void)printf("          %s\n", aq_json_member_text(p, "advice"));
    (void)printf("libraries SQLite %s, jansson %s\n", aq_json_member_text(o, "sqlite"),
                 aq_json_member_text(o, "jansson"));
    print_confinement(json_object_get(o, "confinement"));
    json_object_foreach(json_object_get(o, "sampling"), name, v)(void)
        printf("%-9s %s\n", name, json_string_value(v));
    json_object_foreach(json_object_get(o, "files"), name, v)(void)
        printf("%-11s %s%s\n", name, aq_text_shown(aq_json_member_text(v, "path")),
               json_is_true(json_object_get(v, "there")) ? "" : " (not there yet)");
}

static int run_doctor(const AqCommand *self, void *args)
{
    const AqCommon *c = args;
    json_t *o = NULL;

    (void)self;
    aq_gemm_setup();
    const AqErr err = collect_doctor_report(c, &o);
    if (err == AQ_OK && c->json) {
        aq_command_print_json(json_incref(o));
    } else if (err == AQ_OK) {
        print_doctor_text(o);
    }
    json_decref(o);
    return aq_command_status(err);
}

static const AqOption options[] = {
    AQ_GROUP("What is looked at"), AQ_ROWS(aq_rows_store),  AQ_ROWS(aq_rows_model),
    AQ_ROWS(aq_rows_jobs),         AQ_ROWS(aq_rows_output), {0}};

static const AqTerm examples[] = {
    {"avqa-pipe doctor", "What to send along when something does not work."}, {0}};

const AqCommand aq_command_doctor = {
    .name = "doctor",
    .summary = "this machine, the back ends chosen, where files are",
    .usage = "[OPTIONS]",
    .about =
        "Prints the processor, the kernels and matrix back end chosen with a measured "
        "rate, library versions, how decoders of media are confined, how clips become "
        "network input, and where the store and the model are.",
    .examples = examples,
    .options = options,
    .args_bytes = sizeof(AqCommon),
    .run = run_doctor};
