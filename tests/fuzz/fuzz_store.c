/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer over the store. Bytes that begin as an SQLite file are put where a store
 * is, opened for reading, and everything is read; what may not be is an error, nothing
 * else. Other bytes are a feature row for the codec: a head of 16 bytes, then presence
 * and data.
 */
#include "base/alloc.h"
#include "store/annotations/annotations.h"
#include "store/runs.h"
#include "store/store_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEAD = 16, MOST_NAMES = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static uint32_t little32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* ---- the codec ---- */

/* What is taken for features can be widened, and is what encoding it gives again. */
static void widen(const AqRawFeatures *raw)
{
    const size_t n = raw->data_bytes / (raw->dtype == AQ_FEATURE_F16 ? 2 : 4);
    float *out = aq_alloc(n, sizeof *out);
    const AqProvenance p = {.kind = AQ_AUDIO};
    AqRawFeatures again;
    void *data = NULL;

    if (out) {
        aq_features_widen(out, raw);
        const AqStoreFeatures f = {.provenance = &p,
                                   .n_rows = raw->n_rows,
                                   .h = raw->h,
                                   .w = raw->w,
                                   .c = raw->c,
                                   .presence = raw->presence,
                                   .data = out,
                                   .dtype = raw->dtype};
        const AqErr finite = aq_features_finite(raw);
        const AqErr err = aq_features_encode(&f, &again, &data);

        if ((finite == AQ_OK) != (err == AQ_OK) ||
            (err == AQ_OK && memcmp(data, raw->data, raw->data_bytes) != 0))
            abort();
    }
    aq_free(data);
    aq_free(out);
}

static void codec(const uint8_t *bytes, size_t n)
{
    if (n < HEAD)
        return;
    AqRawFeatures raw = {.n_rows = (int)little32(bytes + 1),
                         .h = (int)little32(bytes + 5),
                         .w = (int)little32(bytes + 9),
                         .c = bytes[13] | bytes[14] << 8,
                         .dtype = bytes[0] & 1 ? AQ_FEATURE_F32 : AQ_FEATURE_F16,
                         .presence = bytes + HEAD};
    const size_t split = bytes[15] < n - HEAD ? bytes[15] : n - HEAD;

    raw.presence_bytes = split;
    raw.data = bytes + HEAD + split;
    raw.data_bytes = n - HEAD - split;
    (void)!aq_features_check(&raw); /* of a digest that nobody can guess */
    if (raw.data_bytes > 0 &&
        raw.data_bytes ==
            aq_features_bytes(raw.n_rows, raw.h, raw.w, raw.c, raw.dtype) &&
        raw.presence_bytes == (size_t)raw.n_rows)
        widen(&raw);
}

/* ---- a file ---- */

typedef struct Seen {
    char names[MOST_NAMES][AQ_STORE_MAX_NAME + 1];
    int n;
} Seen;

static AqErr see_video(void *arg, const AqStoreVideo *v)
{
    Seen *s = arg;

    if (s->n < MOST_NAMES)
        (void)snprintf(s->names[s->n++], sizeof s->names[0], "%s", v->name);
    return AQ_OK;
}

static AqErr see_feature(void *arg, const AqFeatureRow *r)
{
    size_t *n = arg;

    *n += strlen(r->video) + strlen(r->sha256);
    return AQ_OK;
}

static AqErr see_run(void *arg, const AqRun *r)
{
    size_t *n = arg;

    *n += strlen(r->config) + strlen(r->metrics);
    return AQ_OK;
}

static void read_video(AqStore *s, const char *name)
{
    AqStoreVideo v;
    AqStoredFeatures f;

    if (aq_store_video_by_name(s, name, &v) == AQ_OK)
        aq_store_video_clear(&v);
    for (int kind = 0; kind < AQ_N_MODALITIES; kind++)
        for (int id = 0; id < 3; id++)
            if (aq_store_get_features(s, name, (AqModality)kind, id, &f) == AQ_OK)
                aq_stored_features_clear(&f);
}

static void read_all(AqStore *s)
{
    static Seen seen;
    AqStoreInfo info;
    AqProvenanceList made;
    AqAnnotations *questions = NULL;
    size_t sum = 0;
    int64_t faults = 0, values = 0;

    seen.n = 0;
    (void)!aq_store_info(s, &info);
    if (aq_store_list_provenance(s, &made) == AQ_OK) {
        for (size_t k = 0; k < made.n; k++)
            aq_free(aq_provenance_line(&made.v[k]));
        aq_provenance_list_clear(&made);
    }
    (void)!aq_store_each_video(s, see_video, &seen);
    for (int k = 0; k < seen.n; k++)
        read_video(s, seen.names[k]);
    (void)!aq_store_each_feature(s, NULL, see_feature, &sum);
    if (aq_store_get_annotations(s, "band", NULL, &questions) == AQ_OK)
        aq_annotations_free(&questions);
    (void)!aq_store_each_run(s, see_run, &sum);
    /* not the deep check: it would read the files that the bytes name */
    (void)!aq_verify_rows(s, NULL, NULL, &faults, &values);
}

static int put_file(const char *path, const uint8_t *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    if (!f)
        return 0;
    const int whole = fwrite(bytes, 1, n, f) == n;
    return fclose(f) == 0 && whole;
}

static void store(const uint8_t *bytes, size_t n)
{
    static char path[64], side[80];
    AqStore *s = NULL;

    if (!*path)
        (void)snprintf(path, sizeof path, "/dev/shm/aq_fuzz_store_%ld", (long)getpid());
    if (!put_file(path, bytes, n))
        abort();
    if (aq_store_open(&s, path, AQ_STORE_READ) == AQ_OK)
        read_all(s);
    aq_store_close(&s);
    (void)unlink(path);
    for (int k = 0; k < 3; k++) {
        static const char *const tails[] = {"-wal", "-shm", "-journal"};

        (void)snprintf(side, sizeof side, "%s%s", path, tails[k]);
        (void)unlink(side);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n >= 16 && memcmp(bytes, "SQLite format 3", 16) == 0)
        store(bytes, n);
    else
        codec(bytes, n);
    return 0;
}
