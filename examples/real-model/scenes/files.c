/* SPDX-License-Identifier: MIT */
#include "examples/real-model/scenes/files.h"

#include "base/alloc.h"
#include "base/concepts/columns.h"
#include "base/digest.h"
#include "base/fs/fs.h"
#include "base/text/json.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>

enum { NPY_HEAD = 128, MOST_ABOUT = 1 << 16, MOST_COLUMNS = 64 };

AqErr aq_scene_write_sound(const char *path, const float *x)
{
    SF_INFO info = {.samplerate = AQ_PHRASES_RATE,
                    .channels = 1,
                    .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    short *pcm = aq_alloc(AQ_SCENE_SAMPLES, sizeof *pcm);
    SNDFILE *f = pcm ? sf_open(path, SFM_WRITE, &info) : NULL;
    AqErr err = AQ_OK;

    if (!pcm)
        return AQ_ERR_NOMEM;
    for (int k = 0; k < AQ_SCENE_SAMPLES; k++)
        pcm[k] = (short)lrintf(32767 * x[k]);
    if (!f || sf_writef_short(f, pcm, AQ_SCENE_SAMPLES) != AQ_SCENE_SAMPLES)
        err = aq_fail(AQ_ERR_IO, "%s: %s", path, sf_strerror(f));
    if (f && sf_close(f) != 0 && err == AQ_OK)
        err = aq_fail(AQ_ERR_IO, "%s: cannot be written to its end", path);
    aq_free(pcm);
    return err;
}

/* NumPy's format 1.0: a Python dictionary, with blanks to a multiple of 64 bytes. */
static AqErr write_npy(const char *path, const char *shape, const float *x, size_t n)
{
    char head[NPY_HEAD];
    AqFsWriter f;
    const int room = NPY_HEAD - 10,
              used = snprintf(
                  head + 10, (size_t)room,
                  "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape);

    memcpy(head, "\x93NUMPY\x01", 8);
    head[8] = (char)room;
    head[9] = 0;
    memset(head + 10 + used, ' ', (size_t)(room - used));
    head[NPY_HEAD - 1] = '\n';
    AqErr err = aq_fs_write_begin(&f, path);
    if (err != AQ_OK)
        return err;
    err = aq_fs_write(&f, head, NPY_HEAD);
    if (err == AQ_OK)
        err = aq_fs_write(&f, x, n * sizeof *x);
    if (err == AQ_OK)
        return aq_fs_write_commit(&f);
    aq_fs_write_abort(&f);
    return err;
}

/* `about` with the digest and the presence of these values; no video is known. */
static json_t *about_these(const json_t *about, const char *digest, char presence)
{
    char all[AQ_SCENE_SECONDS + 1] = {0};
    json_t *o = json_deep_copy(about);

    memset(all, presence, AQ_SCENE_SECONDS);
    json_t *more = json_pack("{s:s, s:s, s:{s:s}}", "presence", all, "values_sha256",
                             digest, "video", "sha256", digest);
    if (!o || !more || json_object_update(o, more) != 0) {
        json_decref(o);
        o = NULL;
    }
    json_decref(more);
    return o;
}

static AqErr write_scene_rows(const char *path, const char *shape, const float *x,
                              size_t n, const json_t *about, char presence)
{
    char digest[AQ_SHA256_HEX];
    AqErr err = aq_sha256_buffer(x, n * sizeof *x, digest);

    if (err == AQ_OK)
        err = write_npy(path, shape, x, n);
    if (err != AQ_OK)
        return err;
    json_t *o = about_these(about, digest, presence);
    char *text = o ? aq_json_text(o, JSON_COMPACT) : NULL,
         *beside = aq_strf("%s.json", path);
    err = text && beside ? aq_fs_write_whole(beside, text, strlen(text)) : AQ_ERR_NOMEM;
    json_decref(o);
    aq_free(text);
    aq_free(beside);
    return err;
}

AqErr aq_scene_write_seen(const char *path, const AqSeen seen, const json_t *about)
{
    char shape[32];

    (void)snprintf(shape, sizeof shape, "%d, 1, %d, %d", AQ_SCENE_SECONDS,
                   AQ_SEEN_CELLS, AQ_SEEN_COLUMNS);
    return write_scene_rows(path, shape, &seen[0][0][0], sizeof(AqSeen) / sizeof(float),
                            about, '1');
}

AqErr aq_scene_write_unheard(const char *path, const json_t *about)
{
    static const float nothing[AQ_SCENE_SECONDS * MOST_COLUMNS];
    const char *made =
        aq_json_member_text(json_object_get(about, "provenance"), "sampling");
    const int n = aq_columns_count(made, AQ_COLUMNS_MARK);
    char shape[32];

    (void)snprintf(shape, sizeof shape, "%d, %d", AQ_SCENE_SECONDS, n);
    return write_scene_rows(path, shape, nothing, (size_t)AQ_SCENE_SECONDS * (size_t)n,
                            about, '0');
}

/* The sound's columns have no cells. */
static int is_about(AqModality m, const char *description)
{
    const int columns = aq_columns_count(description, AQ_COLUMNS_MARK);

    return m == AQ_VISUAL ? aq_scene_seen_as(description)
                          : columns > 0 && columns <= MOST_COLUMNS &&
                                aq_columns_count(description, AQ_CELLS_MARK) == 0;
}

AqErr aq_scene_read_about(json_t **out, AqModality m, const char *path)
{
    char *text = NULL;
    size_t bytes;
    AqErr err = aq_fs_read(path, MOST_ABOUT, &text, &bytes);

    *out = err == AQ_OK ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    aq_free(text);
    const json_t *made = json_object_get(*out, "provenance");
    if (err == AQ_OK &&
        (strcmp(aq_json_member_text(made, "kind"), aq_modality_name(m)) != 0 ||
         !is_about(m, aq_json_member_text(made, "sampling"))))
        err =
            aq_fail(AQ_ERR_FORMAT,
                    "%s: is not what `avqa-pipe store export` writes beside features "
                    "(NAME.npy.json) of %s",
                    path,
                    m == AQ_VISUAL ? "sight, of the cells and columns that scenes have"
                                   : "sound whose columns have names");
    if (err != AQ_OK) {
        json_decref(*out);
        *out = NULL;
    }
    return err;
}
