/* SPDX-License-Identifier: MIT */
#include "pipeline/asking/question_tower.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/log.h"
#include "model/trained/model_tower.h"
#include "pipeline/inputs/imported_weights.h"
#include "pipeline/ui/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEDED     "seeded:"
#define USUAL_NAME "clip_text"

static AqErr find_vocabulary(AqBpe **out, const AqWeights *w,
                             const AqTextTowerChoice *choice)
{
    *out = NULL;
    if (choice->vocabulary)
        return aq_bpe_open(out, choice->vocabulary);
    return w ? aq_bpe_open_beside(out, aq_weights_path(w)) : AQ_OK;
}

/* ---- towers ---- */

static AqErr parse_text_seed(const char *text, uint64_t *seed)
{
    char *end;

    errno = 0;
    *seed = strtoull(text + strlen(SEEDED), &end, 10);
    if (errno == 0 && end != text + strlen(SEEDED) && *end == '\0' &&
        !strchr(text, '-'))
        return AQ_OK;
    return aq_fail(AQ_ERR_USAGE, "%s: a seed is a whole number, as in seeded:1", text);
}

/* path: a file's, or "seeded:N". */
static AqErr open_tower_at(AqClipText **out, const char *path,
                           const AqTextTowerChoice *choice)
{
    const int seeded = strncmp(path, SEEDED, strlen(SEEDED)) == 0;
    AqWeights *w = NULL;
    AqBpe *bpe = NULL;
    uint64_t seed = 0;
    AqErr err = seeded ? parse_text_seed(path, &seed) : aq_weights_open(&w, path);

    *out = NULL;
    if (err == AQ_OK)
        err = find_vocabulary(&bpe, w, choice);
    if (err == AQ_OK)
        err = aq_clip_text_open(out, w, seed, bpe, choice->switches);
    if (err != AQ_OK)
        aq_bpe_free(&bpe);
    else
        err = aq_clip_text_freeze(*out);
    aq_weights_unref(&w);
    if (err != AQ_OK)
        aq_clip_text_free(out);
    else if (seeded)
        aq_log(AQ_LOG_WARN,
               "questions are read by random weights (%s), not by pretrained ones",
               path);
    return err;
}

AqErr aq_question_tower_open(AqClipText **out, const AqTextTowerChoice *choice)
{
    char *path = NULL;
    AqErr err = aq_config_weights(USUAL_NAME, choice->weights, &path);

    *out = NULL;
    if (err == AQ_ERR_NOT_FOUND && !choice->weights)
        err = aq_fail(AQ_ERR_NOT_FOUND,
                      "which weights read the questions is not said: name a file of "
                      "CLIP's, or imported weights, by --question-weights, or import "
                      "some with `avqa-pipe weights import FILE --name clip_text`");
    if (err == AQ_OK)
        err = open_tower_at(out, path, choice);
    aq_free(path);
    return err;
}

/* ---- those that a model was trained with ---- */

typedef struct WantedImport {
    const char *sha256;
    char *path;         /* the first that has it, with a vocabulary if one has that */
    int has_vocabulary; /* beside it */
} WantedImport;

static int is_wanted_import(const char *path, const char *sha256)
{
    AqWeights *w = NULL;

    if (aq_weights_open(&w, path) != AQ_OK)
        return 0; /* others may be broken */
    const char *sha = aq_weights_meta(w, "origin_sha256");
    const int same = sha && strcmp(sha, sha256) == 0;
    aq_weights_unref(&w);
    return same;
}

static AqErr match_import(void *ctx, const char *path)
{
    WantedImport *want = ctx;

    if (want->has_vocabulary || !is_wanted_import(path, want->sha256))
        return AQ_OK;
    char *beside = aq_bpe_path_beside(path);
    want->has_vocabulary = beside && access(beside, F_OK) == 0;
    aq_free(beside);
    if (want->path && !want->has_vocabulary)
        return AQ_OK;
    aq_free(want->path);
    want->path = aq_strdup(path);
    return beside && want->path ? AQ_OK : AQ_ERR_NOMEM;
}

static AqErr find_wanted_weights(char **out, const AqClipTextWanted *want)
{
    WantedImport by = {.sha256 = want->weights_sha256};
    AqErr err = aq_imports_each(match_import, &by);

    *out = by.path; /* whatever came of it */
    if (err != AQ_OK || *out)
        return err;
    char *stem = aq_fs_stem(want->weights);
    err = stem ? aq_config_weights_file(stem, out) : AQ_ERR_NOMEM;
    aq_free(stem);
    if (err != AQ_ERR_NOT_FOUND)
        return err;
    return aq_fail(AQ_ERR_NOT_FOUND,
                   "the model reads questions by the weights '%s' (SHA-256 %.16s...), "
                   "which are not among the imported ones: import them with `avqa-pipe "
                   "weights import FILE`, or name the file by --question-weights",
                   want->weights, want->weights_sha256);
}

static AqErr open_tower_for(AqClipText **out, const char *about,
                            const AqTextTowerChoice *choice)
{
    AqTextTowerChoice own = *choice;
    AqClipTextWanted want;
    char *path = NULL;
    AqErr err = aq_clip_text_wanted(&want, about);

    *out = NULL;
    if (err != AQ_OK)
        return err;
    own.switches = want.switches;
    if (choice->weights)
        err = aq_config_weights(USUAL_NAME, choice->weights, &path);
    else if (strncmp(want.weights, SEEDED, strlen(SEEDED)) == 0)
        err = (path = aq_strdup(want.weights)) ? AQ_OK : AQ_ERR_NOMEM;
    else
        err = find_wanted_weights(&path, &want);
    if (err == AQ_OK)
        err = open_tower_at(out, path, &own);
    aq_free(path);
    return err;
}

AqErr aq_question_tower_for(AqClipText **out, AqModel *m,
                            const AqTextTowerChoice *choice)
{
    *out = NULL;
    if (!m->question && (choice->weights || choice->vocabulary))
        return aq_fail(AQ_ERR_USAGE,
                       "the model reads questions as words of its training: leave "
                       "--question-weights and --question-vocabulary out");
    if (!m->question)
        return AQ_OK;
    AqErr err = open_tower_for(out, m->question, choice);
    if (err == AQ_OK)
        err = aq_model_set_tower(m, *out);
    return err;
}
