/* SPDX-License-Identifier: MIT */
/* What there is to doubt about an answer: the question's words, the clip, what the
 * question takes for granted, the answer itself. */
#include "base/alloc.h"
#include "pipeline/asking/inquiry.h"

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

AqErr aq_inquiry_read(AqInquiry *q)
{
    char unknown[512];

    q->wording = aq_wording(q->forms, q->question);
    list_unknown(&q->wording, unknown, sizeof unknown);
    q->misuse = 1; /* until the end: whatever is wrong here is the question */
    if (q->wording.n_words == 0)
        return aq_fail(AQ_ERR_USAGE,
                       "the question is empty: it has no word in it; ask "
                       "something like \"which instrument sounds first?\"");
    if (q->wording.n_known == 0 && !q->model->question)
        return aq_fail(AQ_ERR_USAGE,
                       "the model knows no word of the question: not %s; ask in words "
                       "of the questions that it was trained on",
                       *unknown ? unknown : "one");
    q->misuse = 0;
    return AQ_OK;
}

/* ---- doubts ---- */

static void doubt_words(AqInquiry *q)
{
    char unknown[512];

    list_unknown(&q->wording, unknown, sizeof unknown);
    if (q->model->question) { /* its text tower knows other words too */
        if (*unknown)
            aq_verdict_add(&q->verdict, AQ_REMARK_DOUBT,
                           "not sure: no question of the training had %s%s",
                           q->wording.n_matter > 1 ? "the words " : "the word ",
                           unknown);
        return;
    }
    if (*unknown)
        aq_verdict_add(&q->verdict, AQ_REMARK_AGAINST, "the model does not know %s%s",
                       q->wording.n_matter > 1 ? "the words " : "the word ", unknown);
    else if (q->wording.n_content == 0)
        aq_verdict_add(&q->verdict, AQ_REMARK_AGAINST,
                       "the question says nothing of what is asked about");
}

/* Choices that it can only guess about. */
static void doubt_choices(AqInquiry *q)
{
    for (size_t k = 0; !q->model->question && k < q->n_offered; k++) {
        const AqWording w = aq_wording(aq_predictor_words(q->predictor), q->offered[k]);

        if (w.n_known == 0)
            aq_verdict_add(&q->verdict, AQ_REMARK_AGAINST,
                           "the model knows no word of the choice \"%s\"",
                           q->offered[k]);
    }
}

/* ---- the clip ---- */

static AqErr doubt_clip(AqInquiry *q)
{
    static const char *const of[AQ_N_MODALITIES] = {"sound", "picture"};
    double *times = q->unlike;
    const AqErr err =
        aq_limits_unlike(&q->model->limits, q->clip, &q->model->shape.sizes, times);
    const int most = times[AQ_VISUAL] > times[AQ_AUDIO] ? AQ_VISUAL : AQ_AUDIO;
    if (err == AQ_OK && times[most] > 1)
        aq_verdict_add(
            &q->verdict, AQ_REMARK_AGAINST,
            "this clip is unlike those that the model was trained on (its %s is "
            "%.1f times as far from theirs as it may be)",
            of[most], times[most]);
    return err;
}

/* Right of the kind's held-out questions may be this much less where a stream is hidden
 * for the answer still to be one. */
#define LESS_RIGHT 0.05

static void doubt_streams(AqInquiry *q, const AqJudged *y)
{
    const int sound = y->streams == AQ_STREAMS_SOUND;
    const char *lacks = sound ? "picture" : "sound track",
               *has = sound ? "sound" : "picture";

    if (y->streams == AQ_STREAMS_BOTH)
        return;
    aq_verdict_add(&q->verdict, AQ_REMARK_FACT,
                   "it has no %s; the answer rests on the %s", lacks, has);
    if (y->accuracy[0] >= 0 && y->accuracy[1] < y->accuracy[0] - LESS_RIGHT)
        aq_verdict_add(
            &q->verdict, AQ_REMARK_AGAINST,
            "without a %s the model answers %.0f %% of questions of this kind "
            "correctly instead of %.0f %%",
            lacks, 100 * y->accuracy[1], 100 * y->accuracy[0]);
}

static void tell_length(AqInquiry *q)
{
    if (q->clip->n_seconds > q->model->net->reads.max_seconds)
        aq_verdict_add(&q->verdict, AQ_REMARK_FACT,
                       "the model looks at the first %d of its %d s",
                       q->model->net->reads.max_seconds, q->clip->n_seconds);
}

/* What was noted when the clip was read, but for what is said better above. */
static void add_note_remarks(AqInquiry *q, const char *notes)
{
    for (const char *s = notes; s && *s;) {
        const size_t n = strcspn(s, "\n");

        if (strncmp(s, "no sound track", n) != 0 && strncmp(s, "no picture", n) != 0)
            aq_verdict_add(&q->verdict, AQ_REMARK_FACT, "%.*s", (int)n, s);
        s += n + (s[n] != 0);
    }
}

/* ---- whether what is named is there ---- */

static AqErr look_for(AqInquiry *q, int k)
{
    const AqPresence *p = q->model->limits.presence;
    AqErr err = AQ_OK;

    q->absent[k] = 1;
    for (size_t t = 0; err == AQ_OK && t < p->templates.n; t++) {
        char *text = aq_presence_question(p, t, q->named[k]);
        AqPrediction y;

        err = text ? aq_predictor_ask(q->predictor, q->clip, text, &y) : AQ_ERR_NOMEM;
        if (err == AQ_OK && (double)y.probability[p->no] < q->absent[k])
            q->absent[k] = (double)y.probability[p->no];
        aq_free(text);
    }
    return err;
}

AqErr aq_inquiry_look_for(AqInquiry *q)
{
    const AqPresence *p = q->model->limits.presence;
    AqErr err = AQ_OK;

    if (!p)
        return AQ_OK;
    q->n_named =
        aq_presence_named(p, aq_predictor_words(q->predictor), q->question, q->named);
    for (int k = 0; err == AQ_OK && k < q->n_named; k++)
        err = look_for(q, k);
    return err;
}

/* "No" is a right answer about what is not there, whatever was asked; a kind of answer
 * that is given about absent things too takes nothing for granted. */
static void doubt_presence(AqInquiry *q, const AqPrediction *y)
{
    const AqLimits *l = &q->model->limits;
    const int given = y->order[0];
    const int yes_no =
        l->kinds && l->presence &&
        l->kinds->of_answer[given] == l->kinds->of_answer[l->presence->no];

    for (int k = 0; k < q->n_named; k++) {
        /* Things are named where the model knows of presence. */
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        const char *name = l->presence->objects.at[q->named[k]];

        if (q->absent[k] < AQ_PRESENCE_ABSENT || given == l->presence->no ||
            !(yes_no || aq_presence_is_presupposed(l->presence, y->judged.kind)))
            continue;
        aq_verdict_add(&q->verdict, AQ_REMARK_AGAINST,
                       "the question takes for granted that there is \"%s\", and the "
                       "model neither sees nor hears it (%.0f %%)",
                       name, 100 * q->absent[k]);
    }
}

/* ---- what hearing and sight can bear ---- */

static void doubt_claim(AqInquiry *q, const AqClaim *c)
{
    const char *word = c->named.n > 0 ? c->named.word[0] : "";

    switch (c->limit) {
    case AQ_LIMIT_NONE:
    case AQ_LIMIT_PRESENCE: /* doubt_answer() says it, where it is below AQ_SURE */
        break;
    case AQ_LIMIT_COUNT:
        aq_verdict_add(&q->verdict, AQ_REMARK_DOUBT,
                       "not sure: hearing and sight count badly, so a number is "
                       "claimed at %.0f %% at most",
                       100 * c->most);
        break;
    case AQ_LIMIT_PLACE:
    case AQ_LIMIT_LOUDNESS:
        aq_verdict_add(&q->verdict, AQ_REMARK_DOUBT,
                       "not sure: hearing and sight tell %s badly, so it is claimed "
                       "at %.0f %% at most",
                       c->limit == AQ_LIMIT_PLACE ? "where something is"
                                                  : "how loud something is",
                       100 * c->most);
        break;
    case AQ_LIMIT_UNTESTED:
        aq_verdict_add(&q->verdict, AQ_REMARK_FACT,
                       "neither hearing nor sight was tested on the %s, so a \"no\" "
                       "is claimed at %.0f %% at most",
                       word, 100 * c->most);
        break;
    case AQ_LIMIT_RIVAL:
        aq_verdict_add(&q->verdict, AQ_REMARK_DOUBT,
                       "not sure: by what is heard and seen it is rather %s than %s",
                       aq_concept_title(c->rival), word);
        break;
    }
}

/* ---- together ---- */

static void doubt_answer(AqInquiry *q, const AqPrediction *p)
{
    const AqLimits *l = &q->model->limits;
    const double best = (double)p->probability[p->order[0]];

    const AqClaim *c = &p->judged.claim;
    const int tells = c->cannot == AQ_CAN_TELL,
              said_why = c->limit != AQ_LIMIT_NONE && c->limit != AQ_LIMIT_PRESENCE;

    if (tells && l->kinds && p->judged.kind_probability < AQ_CLEAR)
        aq_verdict_add(
            &q->verdict, AQ_REMARK_DOUBT,
            "not sure: what kind of answer the question asks for is not clear");
    if (tells && best < AQ_SURE && !said_why)
        aq_verdict_add(&q->verdict, AQ_REMARK_DOUBT,
                       "not sure: the model gives its best guess only %.0f %%",
                       100 * best);
    if (!l->temperatures)
        aq_verdict_add(&q->verdict, AQ_REMARK_FACT,
                       "this model file holds nothing of its limits, so probabilities "
                       "are not calibrated and a clip unlike the training's is not "
                       "told: `avqa-pipe calibrate` adds them");
}

AqErr aq_inquiry_doubt(AqInquiry *q, const AqPrediction *p)
{
    const AqErr err = doubt_clip(q);

    aq_inquiry_say_cannot(q, p);
    doubt_words(q);
    doubt_choices(q);
    doubt_streams(q, &p->judged);
    doubt_presence(q, p);
    if (p->judged.claim.cannot == AQ_CAN_TELL)
        doubt_claim(q, &p->judged.claim);
    doubt_answer(q, p);
    tell_length(q);
    add_note_remarks(q, q->notes);
    return err;
}
