/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/imported_weights.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "extract/networks/sound/postprocess.h"
#include "model/question/clip/clip_text.h"
#include "pipeline/ui/config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".safetensors"
enum { SUFFIX_BYTES = sizeof SUFFIX - 1, MAX_NAME = 64 };

/* ---- inspecting ---- */

static void is_no_network(AqInspection *i)
{
    i->network = NULL;
    i->n_used = 0;
    (void)snprintf(i->why, sizeof i->why, "%s", aq_err_text());
}

/* Even weights that were checked when imported. */
static AqErr check_used(const AqWeights *w)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < aq_weights_n(w); k++)
        if (aq_weights_is_used(w, aq_weights_at(w, k)))
            err = aq_weight_check_finite(w, aq_weights_at(w, k));
    return err;
}

static AqErr try_network(AqInspection *i)
{
    AqExtractorMatch match;
    AqExtractor *x = NULL;
    AqErr err = aq_extractor_identify(i->w, &match);

    if (err == AQ_OK) {
        (void)snprintf(i->about, sizeof i->about, "%s", match.about);
        i->network = match.name;
        err = aq_extractor_open_weights(&x, match.name, i->w, match.to_look);
    }
    if (err == AQ_OK)
        err = check_used(i->w);
    aq_extractor_close(&x);
    aq_weights_drop_pages(i->w);
    if (err == AQ_ERR_NOMEM)
        return err;
    if (err != AQ_OK)
        is_no_network(i);
    for (size_t k = 0; err == AQ_OK && k < aq_weights_n(i->w); k++)
        i->n_used += (size_t)aq_weights_is_used(i->w, aq_weights_at(i->w, k));
    return AQ_OK;
}

/* A file of CLIP's may have a text tower, with the vision tower or alone. */
static AqErr try_text_tower(AqInspection *i)
{
    AqClipTextGeometry g;
    const char *names;
    AqErr err = aq_clip_text_geometry(&g, &names, i->w);

    if (err == AQ_OK)
        err = aq_clip_text_check(i->w);
    if (err == AQ_OK)
        err = check_used(i->w);
    aq_weights_drop_pages(i->w);
    if (err == AQ_ERR_NOMEM)
        return err;
    if (err != AQ_OK) {
        is_no_network(i);
        return AQ_OK;
    }
    const size_t at = strlen(i->about);
    (void)snprintf(i->about + at, sizeof i->about - at,
                   i->network
                       ? "; and its text tower of %d channels, %d layers, %d "
                         "tokens"
                       : "CLIP's text tower of %d channels, %d layers, %d tokens",
                   g.width, g.layers, g.tokens);
    i->network = i->network ? i->network : AQ_TEXT_TOWER;
    i->text_tokens = g.tokens;
    i->n_used = 0;
    i->why[0] = '\0';
    for (size_t k = 0; k < aq_weights_n(i->w); k++)
        i->n_used += (size_t)aq_weights_is_used(i->w, aq_weights_at(i->w, k));
    return AQ_OK;
}

/* A file of two arrays that are no network. Reads it, to see whether it can be used. */
static AqErr read_parameters(AqWeights *w)
{
    AqPostprocess *p = NULL;
    AqConceptMap map;
    AqErr err;

    if (aq_postprocess_is(w)) {
        err = aq_postprocess_read(&p, aq_weights_path(w));
        aq_free(p);
        return err;
    }
    err = aq_concept_map_read(&map, aq_weights_path(w), 0);
    aq_concept_map_clear(&map);
    return err;
}

static int are_parameters(const AqWeights *w)
{
    return aq_postprocess_is(w) || aq_concept_map_is(w);
}

static AqErr try_parameters(AqInspection *i)
{
    const int is_map = aq_concept_map_is(i->w);

    if (read_parameters(i->w) != AQ_OK) {
        is_no_network(i);
        return AQ_OK;
    }
    i->network = is_map ? AQ_CONCEPT_MAP_NAME : "vggish_pca";
    i->n_used = 2;
    (void)snprintf(i->about, sizeof i->about, "%s",
                   is_map ? "a map from YAMNet's values to concepts of hearing "
                            "(out=concepts,map=...)"
                          : "the PCA parameters of VGGish's postprocessing (pca=...)");
    for (size_t k = 0; k < aq_weights_n(i->w); k++)
        aq_weights_mark_used(i->w, aq_weights_at(i->w, k));
    return AQ_OK;
}

AqErr aq_inspect(AqInspection *out, const char *path, const char *prefix)
{
    size_t n_left_out = 0;

    *out = (AqInspection){0};
    AqErr err = aq_weights_open(&out->w, path);

    if (err == AQ_OK && prefix)
        err = aq_weights_choose(out->w, prefix, &n_left_out);
    out->prefix = n_left_out ? prefix : NULL;
    if (err == AQ_OK)
        err = are_parameters(out->w) ? try_parameters(out) : try_network(out);
    if (err == AQ_OK && aq_clip_text_is(out->w))
        err = try_text_tower(out);
    if (err != AQ_OK)
        aq_inspection_clear(out);
    return err;
}

void aq_inspection_clear(AqInspection *i)
{
    aq_weights_unref(&i->w);
    *i = (AqInspection){0};
}

/* ---- importing ---- */

AqErr aq_import_path(const char *name, char **out)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t n = strlen(name);

    *out = NULL;
    if (n == 0 || n > MAX_NAME || name[0] == '.' || strspn(name, letters) != n)
        return aq_fail(AQ_ERR_USAGE,
                       "'%.80s' is not a valid name for weights; use at most %d "
                       "letters, digits, '.', '_' and '-', and do not begin with '.'",
                       name, MAX_NAME);
    char *leaf = aq_strf("weights/%s" SUFFIX, name);
    const AqErr err = leaf ? aq_fs_user_file(AQ_FS_DATA, leaf, out) : AQ_ERR_NOMEM;
    aq_free(leaf);
    return err;
}

/* Where the weights come from; weights imported before keep their first origin. */
typedef struct Origin {
    const char *file, *format;
    char sha256[AQ_SHA256_HEX];
    /* Under which names they are kept. Rounded weights are others than their origin's:
     * features of them do not count as made by it. */
    const char *file_key, *format_key, *sha256_key;
} Origin;

static void name_origin_keys(Origin *o, int int8)
{
    o->file_key = int8 ? "rounded_from" : "origin";
    o->format_key = int8 ? "rounded_from_format" : "origin_format";
    o->sha256_key = int8 ? "rounded_from_sha256" : "origin_sha256";
}

/* Each of several networks in a file needs its own digest, which its features carry:
 * that of the tensors taken. */
static AqErr digest_of(const AqInspection *what, char hex[AQ_SHA256_HEX])
{
    return what->prefix ? aq_weights_content_sha256(what->w, hex)
                        : aq_weights_sha256(what->w, hex);
}

static AqErr find_origin(const AqInspection *what, Origin *o)
{
    AqWeights *w = what->w;
    const char *sha = aq_weights_meta(w, "origin_sha256"),
               *file = aq_weights_meta(w, "origin"),
               *format = aq_weights_meta(w, "origin_format");

    if (sha && file && format && strlen(sha) == AQ_SHA256_HEX - 1 && !what->prefix) {
        *o = (Origin){.file = file, .format = format};
        memcpy(o->sha256, sha, AQ_SHA256_HEX);
        return AQ_OK;
    }
    *o = (Origin){.file = aq_fs_base(aq_weights_path(w)),
                  .format = aq_weights_format(w)};
    return digest_of(what, o->sha256);
}

/* *same 1: these very weights are there; 0: nothing is, or it may be replaced. */
static AqErr look_there(const AqImport *i, const Origin *o, int *same)
{
    AqWeights *there = NULL;
    AqErr err = AQ_OK;

    *same = 0;
    if (access(i->path, F_OK) != 0)
        return AQ_OK;
    if (aq_weights_open(&there, i->path) == AQ_OK) {
        const char *sha = aq_weights_meta(there, o->sha256_key);
        *same = sha && strcmp(sha, o->sha256) == 0;
    }
    aq_weights_unref(&there);
    if (!*same && !i->replace)
        err = aq_fail(AQ_ERR_USAGE,
                      "%s: already exists, from another file; give these weights "
                      "another --name, or replace it with --force",
                      i->path);
    return err;
}

static AqErr write_import(const AqImport *i, const AqInspection *what, const Origin *o)
{
    char content[AQ_SHA256_HEX];
    AqWeightsWriter *w = NULL;
    AqErr err = aq_weights_content_sha256(what->w, content);
    const char *const meta[][2] = {{"network", what->network},
                                   {o->file_key, o->file},
                                   {o->format_key, o->format},
                                   {o->sha256_key, o->sha256},
                                   {"content_sha256", i->int8 ? NULL : content},
                                   {"imported_by", AQ_PROGRAM},
                                   {"values", "finite"},
                                   {"origin_prefix", what->prefix}};
    /* What networks take from a file beside its arrays. */
    static const char *const facts[] = {"image_size", "input", "layers"};

    if (err == AQ_OK)
        err = aq_weights_writer_new(&w);
    for (size_t k = 0; err == AQ_OK && k < sizeof meta / sizeof *meta; k++)
        if (meta[k][1])
            err = aq_weights_writer_meta(w, meta[k][0], meta[k][1]);
    for (size_t k = 0; err == AQ_OK && k < sizeof facts / sizeof *facts; k++)
        err = aq_weights_writer_meta(w, facts[k], aq_weights_meta(what->w, facts[k]));
    for (size_t k = 0; err == AQ_OK && k < aq_weights_n(what->w); k++) {
        const AqWeight *t = aq_weights_at(what->w, k);
        const int rounds =
            i->int8 && aq_weight_is_real(t) && !t->scales && t->n_dims >= 2;

        err = rounds ? aq_weights_writer_add_int8(w, t->name, t)
                     : aq_weights_writer_add_weight(w, t->name, t);
    }
    if (err == AQ_OK)
        err = aq_fs_mkdirs_for(i->path);
    if (err == AQ_OK)
        err = aq_weights_writer_commit(w, i->path);
    aq_weights_writer_free(&w);
    return err;
}

/* ---- the vocabulary of a text tower, beside it ---- */

static AqErr open_import_vocabulary(AqBpe **out, const AqImport *i,
                                    const AqInspection *what)
{
    AqErr err;

    *out = NULL;
    if (!what->text_tokens)
        return i->vocabulary ? aq_fail(AQ_ERR_USAGE,
                                       "%s: has no text tower that a vocabulary would "
                                       "be for",
                                       i->file)
                             : AQ_OK;
    err = i->vocabulary ? aq_bpe_open(out, i->vocabulary)
                        : aq_bpe_open_beside(out, i->file);
    if (err == AQ_OK && *out && aq_bpe_size(*out) != what->text_tokens) {
        err = aq_fail(AQ_ERR_MISMATCH,
                      "%s: its text tower knows %d tokens, but the vocabulary %s makes "
                      "%d: name its own by --vocabulary",
                      i->file, what->text_tokens,
                      i->vocabulary ? i->vocabulary : "beside it", aq_bpe_size(*out));
        aq_bpe_free(out);
    }
    return err;
}

static AqErr write_vocabulary(const AqBpe *bpe, const char *weights)
{
    size_t n;
    const char *merges = aq_bpe_merges(bpe, &n);
    char *path = aq_bpe_path_beside(weights);
    const AqErr err = path ? aq_fs_write_whole(path, merges, n) : AQ_ERR_NOMEM;

    aq_free(path);
    return err;
}

AqErr aq_import(AqImport *i, const AqInspection *what)
{
    Origin origin;
    AqBpe *bpe = NULL;

    if (!what->network)
        return aq_fail(AQ_ERR_MISMATCH, "%s", what->why);
    AqErr err = open_import_vocabulary(&bpe, i, what);
    if (err == AQ_OK)
        err = aq_import_path(i->name ? i->name : what->network, &i->path);
    if (err == AQ_OK)
        err = find_origin(what, &origin);
    name_origin_keys(&origin, i->int8);
    if (err == AQ_OK)
        err = look_there(i, &origin, &i->was_there);
    if (err == AQ_OK && !i->was_there && aq_fs_same(i->path, i->file))
        err = aq_fail(AQ_ERR_USAGE,
                      "%s: is where weights of this name are stored, so it would "
                      "overwrite itself; give it another --name",
                      i->file);
    if (err == AQ_OK && !i->was_there) {
        err = aq_weights_check(what->w);
        if (err == AQ_OK)
            err = write_import(i, what, &origin);
    }
    if (err == AQ_OK && bpe)
        err = write_vocabulary(bpe, i->path);
    i->lacks_vocabulary = what->text_tokens > 0 && !bpe;
    aq_bpe_free(&bpe);
    return err;
}

/* ---- what was imported ---- */

static int compare_weight_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static AqErr list_imported_weights(const char *dir, char ***names, size_t *n)
{
    AqErr err = AQ_OK;
    struct dirent *e;
    DIR *d = opendir(dir);

    if (!d)
        return errno == ENOENT ? AQ_OK : aq_fail_errno(dir);
    while (err == AQ_OK && (e = readdir(d))) {
        const size_t bytes = strlen(e->d_name);

        if (e->d_name[0] == '.' || bytes <= SUFFIX_BYTES ||
            strcmp(e->d_name + bytes - SUFFIX_BYTES, SUFFIX) != 0)
            continue;
        char **more = aq_realloc(*names, *n + 1, sizeof **names);
        if (more) {
            *names = more;
            more[*n] = aq_strf("%s/%s", dir, e->d_name);
        }
        if (!more || !more[(*n)++])
            err = AQ_ERR_NOMEM;
    }
    (void)closedir(d);
    return err;
}

AqErr aq_imports_each(AqErr (*each)(void *ctx, const char *path), void *ctx)
{
    char *dir = NULL, **names = NULL;
    size_t n = 0;
    AqErr err = aq_fs_user_file(AQ_FS_DATA, "weights", &dir);

    if (err == AQ_ERR_NOT_FOUND)
        return AQ_OK; /* no folder: nothing was imported */
    if (err == AQ_OK)
        err = list_imported_weights(dir, &names, &n);
    if (n > 1)
        qsort(names, n, sizeof *names, compare_weight_paths);
    for (size_t k = 0; err == AQ_OK && k < n; k++)
        err = each(ctx, names[k]);
    for (size_t k = 0; k < n; k++)
        aq_free(names[k]);
    aq_free(names);
    aq_free(dir);
    return err;
}

/* This check does not judge whether it is a complete network. */
static AqErr verify_values(AqWeights *w)
{
    AqExtractorMatch match;
    AqExtractor *x = NULL;
    AqErr err;

    if (are_parameters(w)) {
        err = read_parameters(w);
    } else {
        err = aq_extractor_identify(w, &match);
        if (err == AQ_OK)
            err = aq_extractor_open_weights(&x, match.name, w, match.to_look);
        if (err == AQ_OK)
            err = check_used(w);
        aq_extractor_close(&x);
    }
    return err == AQ_ERR_FORMAT || err == AQ_ERR_NOMEM ? err : AQ_OK;
}

static AqErr verify_digest(AqWeights *w, int *has_digest)
{
    const char *want = aq_weights_meta(w, "content_sha256");
    char have[AQ_SHA256_HEX];

    *has_digest = want != NULL;
    if (!want)
        return aq_weights_check(w);
    const AqErr err = aq_weights_content_sha256(w, have);
    if (err != AQ_OK || strcmp(want, have) == 0)
        return err;
    return aq_fail(
        AQ_ERR_FORMAT,
        "%s: is not what was imported: its content's digest is %.16s..., but its "
        "metadata says %.16s...; import the weights again",
        aq_weights_path(w), have, want);
}

AqErr aq_import_verify(AqWeights *w, int *has_digest)
{
    const AqErr err = verify_digest(w, has_digest);

    return err == AQ_OK ? verify_values(w) : err;
}
