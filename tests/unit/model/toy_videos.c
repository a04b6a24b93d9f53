/* SPDX-License-Identifier: MIT */
#include "tests/unit/model/toy_videos.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/rng.h"
#include "model/data/answers.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static AqErr toy_load(void *ctx, size_t clip, AqClipFeatures *out)
{
    AqToy *t = ctx;

    t->loads++;
    *out = (AqClipFeatures){.n_seconds = MOST_T - (int)clip % 3,
                            .audio = clip == 6 ? NULL : t->audio[clip],
                            .audio_present = t->audio_on[clip],
                            .visual = clip == 7 ? NULL : t->visual[clip],
                            .visual_present = t->visual_on[clip]};
    return AQ_OK;
}

static void toy_release(void *ctx, size_t clip, AqClipFeatures *f)
{
    AqToy *t = ctx;

    (void)clip;
    t->releases++;
    *f = (AqClipFeatures){0};
}

AqToy *aq_toy_new(void)
{
    static const char *const texts[EACH] = {
        "Is the flute louder than the violin?", "How many instruments are sounding?",
        "Where is the first sounding instrument?", "Is there a voiceover?"};
    static const char *const answers[5] = {"yes", "no", "two", "left", "three"};
    AqToy *t = aq_alloc(1, sizeof *t);
    AqRng rng = aq_rng(17, 0);

    assert_non_null(t);
    for (int c = 0; c < CLIPS; c++) {
        for (int k = 0; k < MOST_T; k++) {
            t->audio_on[c][k] = !(c == 3 && k == 1);
            t->visual_on[c][k] = !(c == 4 && k > 2);
            for (int j = 0; j < A; j++)
                t->audio[c][k * A + j] =
                    t->audio_on[c][k] ? 5 + 3 * (float)aq_rng_normal(&rng) : NAN;
            for (int j = 0; j < S * V; j++)
                t->visual[c][k * S * V + j] =
                    t->visual_on[c][k] ? (float)aq_rng_normal(&rng) : NAN;
        }
        for (int k = 0; k < EACH; k++)
            t->questions[c * EACH + k] =
                (AqQuestion){.clip = (size_t)c,
                             .text = texts[k],
                             .template_ = texts[k],
                             .modality = "Audio-Visual",
                             .kind = "Counting",
                             .answer = answers[aq_rng_below(&rng, 5)]};
    }
    t->set = (AqDataset){.n_clips = CLIPS,
                         .n_questions = CLIPS * EACH,
                         .questions = t->questions,
                         .sizes = aq_feature_sizes(A, 2, 2, V),
                         .ctx = t,
                         .load = toy_load,
                         .release = toy_release};
    return t;
}

void aq_toy_split(AqToy *toy)
{
    toy->set.sizes = (AqFeatureSizes){
        .n = {2, 2}, .of = {{{1, 1, 4}, {1, 1, 2}}, {{1, 2, 6}, {3, 1, 4}}}};
    _Static_assert(4 + 2 == A && 2 * 6 + 3 * 4 == S * V, "they are the toy's rows");
}

void aq_toy_answer_names(AqToy *toy)
{
    for (size_t k = 0; k < toy->set.n_questions; k++) {
        AqQuestion *q = &toy->questions[k];

        if (strcmp(q->answer, "left") == 0)
            q->answer = "flute";
        else if (strcmp(q->answer, "three") == 0)
            q->answer = "violin";
    }
}

void aq_toy_choices(AqToy *toy)
{
    static const char *const all[] = {"yes", "no", "two", "left", "three"};
    static const char *offered[CLIPS * EACH][5];
    AqRng rng = aq_rng(23, 0);

    for (size_t k = 0; k < toy->set.n_questions; k++) {
        AqQuestion *q = &toy->questions[k];
        const size_t n = 3 + aq_rng_below(&rng, 3), right = aq_rng_below(&rng, n);
        size_t next = 0;

        for (size_t j = 0; j < n; j++) {
            if (j != right && strcmp(all[next], q->answer) == 0)
                next++;
            offered[k][j] = j == right ? q->answer : all[next++];
        }
        q->task = AQ_TASK_CHOICE;
        q->choices = offered[k];
        q->n_choices = n;
    }
    toy->set.task = AQ_TASK_CHOICE;
}

void aq_toy_counts(AqToy *toy)
{
    AqRng rng = aq_rng(29, 0);

    for (size_t k = 0; k < toy->set.n_questions; k++) {
        toy->questions[k].answer = aq_count_names[aq_rng_below(&rng, AQ_N_COUNTS)];
        toy->questions[k].task = AQ_TASK_COUNT;
    }
    toy->set.task = AQ_TASK_COUNT;
}

int aq_toy_has_names(const AqModel *m)
{
    int right = 1;

    for (size_t k = 0; k < m->answers.n; k++) {
        const char *a = m->answers.at[k];
        const int is_one = strcmp(a, "flute") == 0 || strcmp(a, "violin") == 0;
        const int word = is_one ? aq_strings_find(&m->words, a) + AQ_VOCAB_FIRST : -1;

        right &= m->names[k] == word;
    }
    return right;
}

AqCoqoConfig aq_toy_model(void)
{
    AqCoqoConfig c = aq_coqo_config_default();

    c.dim = 24;
    c.form.heads = 2;
    c.form.tokens = 4;
    c.form.ffn = 2;
    c.dropout = 0;
    return c;
}

AqTrainConfig aq_toy_training(void)
{
    AqTrainConfig t = aq_train_config_default(&aq_coqo);

    t.epochs = 3;
    t.batch = 4;
    t.lr = 3e-3;
    t.warmup = 5;
    t.decay_every = 0;
    t.word_dropout = 0;
    return t;
}

AqModel *aq_toy_train(const AqToy *toy, int epochs)
{
    const AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;
    AqModel *m = NULL;
    const AqTrainJob job = {.network = &aq_coqo,
                            .options = &c,
                            .how = &h,
                            .train = &toy->set,
                            .extractors = "{\"audio\": \"x\"}"};

    h.epochs = epochs;
    CHECK_OK(aq_train(&m, &s, &job));
    return m;
}

AqModel *aq_toy_train_as(const AqCoqoConfig *c, const AqTrainConfig *h,
                         const AqToy *toy, AqTrainSummary *s)
{
    AqModel *m = NULL;
    const AqTrainJob job = {.network = &aq_coqo,
                            .options = c,
                            .how = h,
                            .train = &toy->set,
                            .val = &toy->set,
                            .extractors = "{\"audio\": \"x\"}"};

    CHECK_OK(aq_train(&m, s, &job));
    assert_non_null(m);
    return m;
}

const char *aq_toy_path(const char *name)
{
    static char path[256];
    const char *dir = getenv("TMPDIR");

    (void)snprintf(path, sizeof path, "%s/aq-trainer-%ld-%s", dir ? dir : "/tmp",
                   (long)getpid(), name);
    return path;
}

void aq_toy_edit(char *bytes, size_t n, const char *from, const char *to)
{
    const size_t length = strlen(from);
    size_t at = 0;

    while (at + length <= n && memcmp(bytes + at, from, length) != 0)
        at++;
    if (at + length > n || strlen(to) != length)
        fail_msg("no %s, or %s is not as long", from, to);
    memcpy(bytes + at, to, length);
}

AqErr aq_toy_load(AqModel **m, const char *bytes, size_t n)
{
    const char *path = aq_toy_path("edited");
    AqFsWriter w;

    CHECK_OK(aq_fs_write_begin(&w, path));
    CHECK_OK(aq_fs_write(&w, bytes, n));
    CHECK_OK(aq_fs_write_commit(&w));
    const AqErr err = aq_model_load(m, path);
    if (err != AQ_OK)
        assert_null(*m);
    (void)unlink(path);
    return err;
}

AqErr aq_toy_load_edited(const char *bytes, size_t n, const char *from, const char *to,
                         size_t cut)
{
    char *copy = aq_alloc(n, 1);
    AqModel *m;

    assert_non_null(copy);
    memcpy(copy, bytes, n);
    aq_toy_edit(copy, n, from, to);
    const AqErr err = aq_toy_load(&m, copy, n - cut);
    aq_model_free(&m);
    aq_free(copy);
    return err;
}

char *aq_toy_saved(const AqModel *m, size_t *n)
{
    const char *path = aq_toy_path("whole");
    char *bytes;

    CHECK_OK(aq_model_save(m, path));
    CHECK_OK(aq_fs_read(path, 1 << 24, &bytes, n));
    (void)unlink(path);
    return bytes;
}
