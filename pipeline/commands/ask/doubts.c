/* SPDX-License-Identifier: MIT */
/* What there is to doubt about an answer: the question's words, the clip, what the
 * question takes for granted, the answer itself. */
#include "base/alloc.h"
#include "pipeline/commands/ask/ask_priv.h"

#include <stdio.h>
#include <string.h>

/* "violn" (did you mean "violin"?), "car": those that matter. */
static void list_unknown(const AqWording *w, char *out, size_t bytes)
{
    size_t used = 0;

    out[0] = 0;
    for (int k = 0; k < w->n_unknown && used < bytes; k++) {
        const AqWordUnknown *u = &w->unknown[k];
        const char *comma = used ? ", " : "";

        if (!u->matters)
            continue;
        if (u->nearest)
            (void)snprintf(out + used, bytes - used, "%s\"%s\" (did you mean \"%s\"?)",
                           comma, u->word.text, u->nearest);
        else
            (void)snprintf(out + used, bytes - used, "%s\"%s\"", comma, u->word.text);
        used += strlen(out + used);
    }
}

AqErr aq_ask_read_question(AqAsk *j)
{
    char unknown[512];

    j->wording = aq_wording(j->forms, j->question);
    list_unknown(&j->wording, unknown, sizeof unknown);
    j->misuse = 1; /* until the end: whatever is wrong here is the question */
    if (j->wording.n_words == 0)
        return aq_fail(AQ_ERR_USAGE,
                       "the question is empty: it has no word in it; ask "
                       "something like \"which instrument sounds first?\"");
    if (j->wording.n_known == 0 && !j->model->question)
        return aq_fail(AQ_ERR_USAGE,
                       "the model knows no word of the question: not %s; ask in words "
                       "of the questions that it was trained on",
                       *unknown ? unknown : "one");
    j->misuse = 0;
    return AQ_OK;
}

AqErr aq_ask_check_questions(AqAsk *j)
{
    AqErr err = AQ_OK;

    for (int k = 0; k < j->words.n; k++) {
        j->question = j->words.questions[k];
        err = aq_ask_read_question(j);
        if (err != AQ_ERR_USAGE)
            break;
    }
    return err;
}

/* ---- doubts ---- */

static void doubt_words(AqAsk *j)
{
    char unknown[512];

    list_unknown(&j->wording, unknown, sizeof unknown);
    if (j->model->question) { /* its text tower knows other words too */
        if (*unknown)
            aq_verdict_add(&j->verdict, AQ_REMARK_DOUBT,
                           "not sure: no question of the training had %s%s",
                           j->wording.n_matter > 1 ? "the words " : "the word ",
                           unknown);
        return;
    }
    if (*unknown)
        aq_verdict_add(&j->verdict, AQ_REMARK_AGAINST, "the model does not know %s%s",
                       j->wording.n_matter > 1 ? "the words " : "the word ", unknown);
    else if (j->wording.n_content == 0)
        aq_verdict_add(&j->verdict, AQ_REMARK_AGAINST,
                       "the question says nothing of what is asked about");
}

/* ---- the clip ---- */

static AqErr doubt_clip(AqAsk *j)
{
    static const char *const of[AQ_N_MODALITIES] = {"sound", "picture"};
    double *times = j->unlike;
    const AqErr err =
        aq_limits_unlike(&j->model->limits, &j->clip, &j->model->shape.sizes, times);
    const int most = times[AQ_VISUAL] > times[AQ_AUDIO] ? AQ_VISUAL : AQ_AUDIO;
    if (err == AQ_OK && times[most] > 1)
        aq_verdict_add(
            &j->verdict, AQ_REMARK_AGAINST,
            "this clip is unlike those that the model was trained on (its %s is "
            "%.1f times as far from theirs as it may be)",
            of[most], times[most]);
    return err;
}

/* Right of the kind's held-out questions may be this much less where a stream is hidden
 * for the answer still to be one. */
#define LESS_RIGHT 0.05

static void doubt_streams(AqAsk *j, const AqJudged *y)
{
    const int sound = y->streams == AQ_STREAMS_SOUND;
    const char *lacks = sound ? "picture" : "sound track",
               *has = sound ? "sound" : "picture";

    if (y->streams == AQ_STREAMS_BOTH)
        return;
    aq_verdict_add(&j->verdict, AQ_REMARK_FACT,
                   "it has no %s; the answer rests on the %s", lacks, has);
    if (y->accuracy[0] >= 0 && y->accuracy[1] < y->accuracy[0] - LESS_RIGHT)
        aq_verdict_add(
            &j->verdict, AQ_REMARK_AGAINST,
            "without a %s the model answers %.0f %% of questions of this kind "
            "correctly instead of %.0f %%",
            lacks, 100 * y->accuracy[1], 100 * y->accuracy[0]);
}

static void tell_length(AqAsk *j)
{
    if (j->clip.n_seconds > j->model->net->reads.max_seconds)
        aq_verdict_add(&j->verdict, AQ_REMARK_FACT,
                       "the model looks at the first %d of its %d s",
                       j->model->net->reads.max_seconds, j->clip.n_seconds);
}

/* What was noted when the clip was read, but for what is said better above. */
static void add_note_remarks(AqAsk *j, const char *notes)
{
    for (const char *s = notes; s && *s;) {
        const size_t n = strcspn(s, "\n");

        if (strncmp(s, "no sound track", n) != 0 && strncmp(s, "no picture", n) != 0)
            aq_verdict_add(&j->verdict, AQ_REMARK_FACT, "%.*s", (int)n, s);
        s += n + (s[n] != 0);
    }
}

/* ---- whether what is named is there ---- */

static AqErr look_for(AqAsk *j, int k)
{
    const AqPresence *p = j->model->limits.presence;
    AqErr err = AQ_OK;

    j->absent[k] = 1;
    for (size_t t = 0; err == AQ_OK && t < p->templates.n; t++) {
        char *text = aq_presence_question(p, t, j->named[k]);
        AqPrediction y;

        err = text ? aq_predictor_ask(j->predictor, &j->clip, text, &y) : AQ_ERR_NOMEM;
        if (err == AQ_OK && (double)y.probability[p->no] < j->absent[k])
            j->absent[k] = (double)y.probability[p->no];
        aq_free(text);
    }
    return err;
}

AqErr aq_ask_look_for(AqAsk *j)
{
    const AqPresence *p = j->model->limits.presence;
    AqErr err = AQ_OK;

    if (!p)
        return AQ_OK;
    j->n_named =
        aq_presence_named(p, aq_predictor_words(j->predictor), j->question, j->named);
    for (int k = 0; err == AQ_OK && k < j->n_named; k++)
        err = look_for(j, k);
    return err;
}

/* "No" is a right answer about what is not there, whatever was asked; a kind of answer
 * that is given about absent things too takes nothing for granted. */
static void doubt_presence(AqAsk *j, const AqPrediction *y)
{
    const AqLimits *l = &j->model->limits;
    const int given = y->order[0];
    const int yes_no =
        l->kinds && l->presence &&
        l->kinds->of_answer[given] == l->kinds->of_answer[l->presence->no];

    for (int k = 0; k < j->n_named; k++) {
        /* Things are named where the model knows of presence. */
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        const char *name = l->presence->objects.at[j->named[k]];

        if (j->absent[k] < AQ_PRESENCE_ABSENT || given == l->presence->no ||
            !(yes_no || aq_presence_is_presupposed(l->presence, y->judged.kind)))
            continue;
        aq_verdict_add(&j->verdict, AQ_REMARK_AGAINST,
                       "the question takes for granted that there is \"%s\", and the "
                       "model neither sees nor hears it (%.0f %%)",
                       name, 100 * j->absent[k]);
    }
}

/* ---- together ---- */

static void doubt_answer(AqAsk *j, const AqPrediction *p)
{
    const AqLimits *l = &j->model->limits;
    const double best = (double)p->probability[p->order[0]];

    if (l->kinds && p->judged.kind_probability < AQ_CLEAR)
        aq_verdict_add(
            &j->verdict, AQ_REMARK_DOUBT,
            "not sure: what kind of answer the question asks for is not clear");
    if (best < AQ_SURE)
        aq_verdict_add(&j->verdict, AQ_REMARK_DOUBT,
                       "not sure: the model gives its best guess only %.0f %%",
                       100 * best);
    if (!l->temperatures)
        aq_verdict_add(&j->verdict, AQ_REMARK_FACT,
                       "this model file holds nothing of its limits, so probabilities "
                       "are not calibrated and a clip unlike the training's is not "
                       "told: `avqa-pipe calibrate` adds them");
}

AqErr aq_ask_doubt(AqAsk *j, const AqPrediction *p)
{
    AqStoreVideo video;
    AqErr err = aq_store_video_by_name(j->store, j->scan.v[0].name, &video);

    if (err != AQ_OK)
        return err;
    err = doubt_clip(j);
    doubt_words(j);
    aq_ask_doubt_choices(j);
    doubt_streams(j, &p->judged);
    doubt_presence(j, p);
    doubt_answer(j, p);
    tell_length(j);
    add_note_remarks(j, video.notes);
    aq_store_video_clear(&video);
    return err;
}
