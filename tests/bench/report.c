/* SPDX-License-Identifier: MIT */
/* Results as a table, line by line as they come, and as JSON at the end. */
#include "tests/bench/bench.h"

#include "base/alloc.h"
#include "base/cpu.h"
#include "extract/input/frames.h"
#include "extract/input/logmel.h"
#include "model/tensor/gemm.h"
#include "pipeline/decoder/decode.h"
#include "tests/bench/commit.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct AqReport {
    json_t *all, *results;
    char subject[32]; /* whose heading was printed last */
    int silent;
};

const char *aq_peak_name(AqPeak p)
{
    static const char *const names[] = {"", "fp32 FMA peak", "bf16 peak", "memory",
                                        "fp32 GEMM"};

    return names[p];
}

/* When, UTC. */
static json_t *date(void)
{
    const time_t t = time(NULL);
    struct tm tm;
    char text[32] = "";

    if (gmtime_r(&t, &tm))
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return json_string(text);
}

static json_t *sampling(AqModality m)
{
    const AqFramesConfig frames = aq_frames_default(224);
    const AqInput in = m == AQ_AUDIO ? aq_logmel_input(AQ_LOGMEL_VGGISH)
                                     : aq_frames_input(&frames, AQ_ROWS_SECONDS);
    char *text = NULL;
    json_t *o =
        aq_decode_sampling(&in, &text) == AQ_OK ? json_string(text) : json_null();
    aq_free(text);
    return o;
}

static json_t *head(const AqBenchOptions *o)
{
    const AqGemmInfo g = aq_gemm_info();

    return json_pack(
        "{s:s, s:s, s:o, s:{s:s, s:i, s:s, s:b, s:b}, s:i, s:i, s:b, s:{s:s, s:s}, "
        "s:{s:s, s:s, s:s, s:s, s:o, s:o}, s:[]}",
        "program", "avqa-pipe " AQ_VERSION, "commit", AQ_BENCH_COMMIT, "date", date(),
        "cpu", "name", aq_cpu_name(), "cores", aq_cpu_count(), "kernels",
        aq_cpu_level_name(aq_cpu_level()), "bf16", aq_cpu_has_bf16(), "vnni",
        aq_cpu_has_vnni(), "threads", o->threads, "runs", o->runs, "quick", o->quick,
        "products", "backend", g.backend, "core", g.core, "versions", "compiler",
        AQ_BENCH_COMPILER, "build", AQ_BENCH_BUILD, "sqlite", sqlite3_libversion(),
        "jansson", JANSSON_VERSION, "sound", sampling(AQ_AUDIO), "picture",
        sampling(AQ_VISUAL), "results");
}

AqErr aq_report_new(AqReport **out, const AqBenchOptions *o)
{
    AqReport *r = aq_alloc(1, sizeof *r);

    *out = NULL;
    if (!r)
        return AQ_ERR_NOMEM;
    r->all = head(o);
    if (!r->all) {
        aq_free(r);
        return aq_fail(AQ_ERR_NOMEM, "memory is out");
    }
    r->results = json_object_get(r->all, "results");
    r->silent = o->turns;
    if (!r->silent)
        (void)printf("avqa-pipe " AQ_VERSION ", commit %.12s%s, %s\n%s, %d cores, "
                     "kernels %s; %s, core %s; %d threads, medians of %d runs (least "
                     "to most)\ncpu: share of the threads' time that was ours; "
                     "by cpu: the ratio by processor time; DISTURBED: the\n"
                     "peak shared its cores with others, and figures by wall time "
                     "say little\n",
                     AQ_BENCH_COMMIT, strstr(AQ_BENCH_COMMIT, "dirty") ? "+" : "",
                     AQ_BENCH_BUILD, aq_cpu_name(), aq_cpu_count(),
                     aq_cpu_level_name(aq_cpu_level()), aq_gemm_info().backend,
                     aq_gemm_info().core, o->threads, o->runs);
    *out = r;
    return AQ_OK;
}

void aq_report_free(AqReport **rp)
{
    AqReport *r = *rp;

    if (!r)
        return;
    json_decref(r->all);
    aq_free(r);
    *rp = NULL;
}

/* ---- JSON ---- */

static json_t *spread(const AqSpread *s)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f}", "median", s->median, "min", s->least,
                     "q1", s->quartile1, "q3", s->quartile3, "max", s->most);
}

/* Below this share of its threads' time, the peak shared the machine. */
#define UNDISTURBED 0.9

static void add_ratio(json_t *o, const AqMeasure *m, const AqResult *x)
{
    (void)json_object_set_new(o, "against", json_string(aq_peak_name(m->against)));
    (void)json_object_set_new(o, "peak", json_real(x->peak));
    (void)json_object_set_new(o, "peak_cpu", json_real(x->peak_cpu));
    (void)json_object_set_new(o, "ratio", spread(&x->ratio));
    (void)json_object_set_new(o, "ratio_cpu", spread(&x->ratio_cpu));
    (void)json_object_set_new(o, "disturbed", json_boolean(x->peak_cpu < UNDISTURBED));
}

static json_t *result(const AqMeasure *m, const AqResult *x)
{
    json_t *o =
        json_pack("{s:s, s:s, s:i, s:i, s:I, s:o, s:f}", "subject", m->subject, "name",
                  m->name, "threads", m->threads, "runs", x->n_runs, "calls",
                  (json_int_t)x->calls, "seconds", spread(&x->seconds), "cpu", x->cpu);
    if (o && m->unit) {
        (void)json_object_set_new(o, "unit", json_sprintf("%s/s", m->unit));
        (void)json_object_set_new(o, "rate", spread(&x->rate));
    }
    if (o && m->gflop > 0)
        (void)json_object_set_new(o, "gflops", json_real(x->gflops));
    if (o && m->gbytes > 0)
        (void)json_object_set_new(o, "gbytes_s", json_real(x->gbytes_s));
    if (o && x->peak > 0)
        add_ratio(o, m, x);
    if (o && m->base > 0) {
        (void)json_object_set_new(o, "base", json_string(m->base_name));
        (void)json_object_set_new(o, "times_base", json_real(x->rate.median / m->base));
    }
    return o;
}

AqErr aq_report_write(AqReport *r, const char *path)
{
    if (json_dump_file(r->all, path, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) == 0)
        return AQ_OK;
    return aq_fail(AQ_ERR_IO, "%s cannot be written", path);
}

/* ---- the table ---- */

static void heading(AqReport *r, const char *subject)
{
    if (strcmp(r->subject, subject) == 0)
        return;
    (void)snprintf(r->subject, sizeof r->subject, "%s", subject);
    (void)printf("\n%s\n", subject);
}

static const char *figure(char *text, size_t bytes, double v)
{
    const int digits = v >= 100 ? 0 : v >= 10 ? 1 : v >= 1 ? 2 : 3;

    (void)snprintf(text, bytes, "%.*f", digits, v);
    return text;
}

static void print_spread(const AqSpread *s, double scale, const char *unit,
                         const char *per)
{
    char a[32], b[32], c[32], range[80];

    (void)snprintf(range, sizeof range, "(%s to %s)",
                   figure(b, sizeof b, s->least * scale),
                   figure(c, sizeof c, s->most * scale));
    (void)printf(" %8s %s%-*s %-18s", figure(a, sizeof a, s->median * scale), unit,
                 14 - (int)strlen(unit), per, range);
}

static void print_ratio(const AqMeasure *m, const AqResult *x)
{
    char a[32], b[32];

    (void)printf(" %s %% of %s, by cpu %s %%%s",
                 figure(a, sizeof a, 100 * x->ratio.median), aq_peak_name(m->against),
                 figure(b, sizeof b, 100 * x->ratio_cpu.median),
                 x->peak_cpu < UNDISTURBED ? " DISTURBED" : "");
}

void aq_report_add(AqReport *r, const AqMeasure *m, const AqResult *x)
{
    char text[32];

    (void)json_array_append_new(r->results, result(m, x));
    heading(r, m->subject);
    (void)printf("  %-44s x%-2d", m->name, m->threads);
    if (m->unit)
        print_spread(&x->rate, 1, m->unit, "/s");
    else
        print_spread(&x->seconds, 1e3, "ms", "");
    if (m->gflop > 0 && m->unit && strcmp(m->unit, "GFLOP") != 0)
        (void)printf(" %s GFLOP/s", figure(text, sizeof text, x->gflops));
    if (m->gbytes > 0 && m->unit && strcmp(m->unit, "GB") != 0)
        (void)printf(" %s GB/s", figure(text, sizeof text, x->gbytes_s));
    if (x->peak > 0)
        print_ratio(m, x);
    if (m->base > 0)
        (void)printf(" %s x %s", figure(text, sizeof text, x->rate.median / m->base),
                     m->base_name);
    (void)printf(" cpu %.0f %%\n", 100 * x->cpu);
    (void)fflush(stdout);
}

void aq_report_skip(AqReport *r, const char *subject, const char *why)
{
    (void)json_array_append_new(
        r->results, json_pack("{s:s, s:s}", "subject", subject, "skipped", why));
    if (r->silent)
        return;
    heading(r, subject);
    (void)printf("  left out: %s\n", why);
}
