/* SPDX-License-Identifier: MIT */
/* What there is to doubt about an answer: the question's words, the clip's streams. */
#include "pipeline/commands/ask_priv.h"

#include <stdio.h>
#include <string.h>

static const char *question(const AqAsk *j)
{
    return j->a->rest.v[1];
}

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
    AqWordForms *forms = NULL;
    AqErr err = aq_word_forms_new(&forms, &j->model->words);

    if (err != AQ_OK)
        return err;
    j->wording = aq_wording(forms, question(j));
    aq_word_forms_free(&forms);
    list_unknown(&j->wording, unknown, sizeof unknown);
    j->misuse = 1; /* until the end: whatever is wrong here is the question */
    if (j->wording.n_words == 0)
        return aq_fail(AQ_ERR_USAGE,
                       "the question is empty: it has no word in it; ask "
                       "something like \"which instrument sounds first?\"");
    if (j->wording.n_known == 0)
        return aq_fail(AQ_ERR_USAGE,
                       "the model knows no word of the question: not %s; ask in words "
                       "of the questions that it was trained on",
                       *unknown ? unknown : "one");
    if (j->wording.n_content == 0 && j->wording.n_matter == 0)
        return aq_fail(AQ_ERR_USAGE,
                       "the question \"%s\" says nothing of what is asked about; ask "
                       "something like \"which instrument sounds first?\"",
                       question(j));
    j->misuse = 0;
    return AQ_OK;
}

/* ---- doubts ---- */

static void doubt_words(AqAsk *j)
{
    char unknown[512];

    list_unknown(&j->wording, unknown, sizeof unknown);
    if (*unknown)
        aq_verdict_add(&j->verdict, AQ_REMARK_AGAINST, "the model does not know %s%s",
                       j->wording.n_matter > 1 ? "the words " : "the word ", unknown);
}

static int has_stream(const AqClipFeatures *f, AqModality m)
{
    const unsigned char *on = m == AQ_AUDIO ? f->audio_present : f->visual_present;

    for (int t = 0; on && t < f->n_seconds; t++)
        if (on[t])
            return 1;
    return 0;
}

static void tell_streams(AqAsk *j)
{
    if (!has_stream(&j->clip, AQ_AUDIO))
        aq_verdict_add(&j->verdict, AQ_REMARK_FACT,
                       "it has no sound track; the answer rests on the picture");
    if (!has_stream(&j->clip, AQ_VISUAL))
        aq_verdict_add(&j->verdict, AQ_REMARK_FACT,
                       "it has no picture; the answer rests on the sound");
    if (j->clip.n_seconds > j->model->config.max_seconds)
        aq_verdict_add(&j->verdict, AQ_REMARK_FACT,
                       "the model looks at the first %d of its %d s",
                       j->model->config.max_seconds, j->clip.n_seconds);
}

/* What was noted when the clip was read, but for what is said better above. */
static void tell_notes(AqAsk *j, const char *notes)
{
    for (const char *s = notes; s && *s;) {
        const size_t n = strcspn(s, "\n");

        if (strncmp(s, "no sound track", n) != 0 && strncmp(s, "no picture", n) != 0)
            aq_verdict_add(&j->verdict, AQ_REMARK_FACT, "%.*s", (int)n, s);
        s += n + (s[n] != 0);
    }
}

AqErr aq_ask_doubt(AqAsk *j, const AqPrediction *p)
{
    AqStoreVideo video;
    const AqErr err = aq_store_video_by_name(j->store, j->scan.v[0].name, &video);

    if (err != AQ_OK)
        return err;
    doubt_words(j);
    if ((double)p->probability[p->order[0]] < AQ_SURE)
        aq_verdict_add(&j->verdict, AQ_REMARK_DOUBT,
                       "not sure: the model gives its best guess only %.0f %%",
                       100 * (double)p->probability[p->order[0]]);
    tell_streams(j);
    tell_notes(j, video.notes);
    aq_store_video_clear(&video);
    return AQ_OK;
}
