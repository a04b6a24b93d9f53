/* SPDX-License-Identifier: MIT */
/*
 * MUSIC-AVQA's nine types and their templates (Li et al., CVPR 2022), each with other
 * words for a third of the time.
 */
#include "examples/toyband/ask.h"

#include "base/alloc.h"
#include "examples/toyband/forms.h"

#include <stdio.h>
#include <string.h>

#define TRIES 2000

typedef struct Wording {
    const char *modality, *kind, *template_;
    const char *others[2]; /* the same in other words, or NULL */
    AqToyForm form;
} Wording;

/* ---- the table ---- */

static const Wording wordings[] = {
    {"Audio",
     "Counting",
     "How many musical instruments were heard throughout the video?",
     {"How many instruments can you hear?", NULL},
     aq_toy_heard_count},
    {"Audio",
     "Counting",
     "Is there a <Object> sound?",
     {"Can you hear a <Object>?", NULL},
     aq_toy_is_heard},
    {"Audio",
     "Counting",
     "Are there <Object> and <Object> sound?",
     {"Do you hear both <Object> and <Object>?", NULL},
     aq_toy_are_heard},
    {"Audio",
     "Comparative",
     "Is the <Object> louder than the <Object>?",
     {"Does the <Object> sound louder than the <Object> does?", NULL},
     aq_toy_heard_louder},
    {"Audio",
     "Comparative",
     "Is the <Object> more rhythmic than the <Object>?",
     {"Does the <Object> play faster notes than the <Object>?", NULL},
     aq_toy_heard_rhythmic},
    {"Audio",
     "Comparative",
     "Is the <Object> playing longer than the <Object>?",
     {"Do we hear the <Object> for a longer time than the <Object>?", NULL},
     aq_toy_heard_longer},
    {"Visual",
     "Counting",
     "How many <Object> are in the entire video?",
     {"what is the number of <Object> shown?", NULL},
     aq_toy_seen_of_kind},
    {"Visual",
     "Counting",
     "How many types of musical instruments appeared in the entire video?",
     {"How many different instruments can be seen?", NULL},
     aq_toy_seen_types},
    {"Visual",
     "Counting",
     "Is there a <Object> in the entire video?",
     {"Do you see a <Object>?", NULL},
     aq_toy_is_seen},
    {"Visual",
     "Counting",
     "Are there <Object> and <Object> instruments in the video?",
     {"Do you see both a <Object> and a <Object>?", NULL},
     aq_toy_are_seen},
    {"Visual",
     "Location",
     "Where is the performance?",
     {"is this inside or outside?", "Where do they play?"},
     aq_toy_where_performed},
    {"Visual",
     "Location",
     "What is the instrument on the <LR> of <Object>?",
     {"what stands directly <LR> of the <Object>?", NULL},
     aq_toy_beside},
    {"Visual",
     "Location",
     "What kind of instrument is the <LRer> instrument?",
     {"Which instrument do you see <LRer>?", NULL},
     aq_toy_outermost},
    {"Visual",
     "Location",
     "What kind of musical instrument is it?",
     {"What instrument is shown?", NULL},
     aq_toy_only_one},
    {"Audio-Visual",
     "Existential",
     "Is the <Object> in the video always playing?",
     {"Does the <Object> play all the time?", NULL},
     aq_toy_always_plays},
    {"Audio-Visual",
     "Existential",
     "Is this sound from the instrument in the video?",
     {"Does what we hear come from what we see?", NULL},
     aq_toy_from_the_seen},
    {"Audio-Visual",
     "Counting",
     "How many sounding <Object> in the video\uFF1F",
     {"How many of the <Object> we see are played?", NULL},
     aq_toy_sounding_of_kind},
    {"Audio-Visual",
     "Counting",
     "How many instruments are sounding in the video?",
     {"how many of the instruments shown can be heard?", NULL},
     aq_toy_sounding_count},
    {"Audio-Visual",
     "Counting",
     "How many types of musical instruments sound in the video?",
     {"How many different kinds of instruments are played?", NULL},
     aq_toy_sounding_types},
    {"Audio-Visual",
     "Counting",
     "How many instruments in the video did not sound from beginning to end?",
     {"How many of the instruments stay silent?", NULL},
     aq_toy_silent_count},
    {"Audio-Visual",
     "Location",
     "Where is the <LL> instrument?",
     {"On which side is the <LL> one?", NULL},
     aq_toy_where_loudest},
    {"Audio-Visual",
     "Location",
     "Is the <FL> sound coming from the <LR> instrument?",
     {"Does the instrument on the <LR> make the <FL> sound?", NULL},
     aq_toy_is_first_there},
    {"Audio-Visual",
     "Location",
     "What is the <LR> instrument of the <FL> sounding instrument?",
     {"What stands <LR> of the instrument that sounds <FL>?", NULL},
     aq_toy_beside_first},
    {"Audio-Visual",
     "Location",
     "Which is the musical instrument that sounds at the same time as the <Object>?",
     {"what plays together with the <Object>?", NULL},
     aq_toy_same_time},
    {"Audio-Visual",
     "Comparative",
     "Is the <Object> on the <LR> louder than the <Object> on the <LR>?",
     {"Is the <Object> at the <LR> playing louder than the <Object> at the <LR>?",
      NULL},
     aq_toy_seen_louder},
    {"Audio-Visual",
     "Comparative",
     "Is the instrument on the <LR> louder than the instrument on the <LR>?",
     {"Is what stands <LR> louder than what stands <LR>?", NULL},
     aq_toy_place_louder},
    {"Audio-Visual",
     "Comparative",
     "Is the <Object> on the <LR> more rhythmic than the <Object> on the <LR>?",
     {"Does the <Object> at the <LR> play faster than the <Object> at the <LR>?", NULL},
     aq_toy_seen_rhythmic},
    {"Audio-Visual",
     "Comparative",
     "Is the instrument on the <LR> more rhythmic than the instrument on the <LR>?",
     {"Is what stands <LR> played faster than what stands <LR>?", NULL},
     aq_toy_place_rhythmic},
    {"Audio-Visual",
     "Temporal",
     "What is the <TH> instrument that comes in?",
     {"Which instrument is the <TH> to play?", NULL},
     aq_toy_which_th},
    {"Audio-Visual",
     "Temporal",
     "What is the first instrument that comes in?",
     {"which instrument sounds first?", "which instrument sounds first?"},
     aq_toy_which_first},
    {"Audio-Visual",
     "Temporal",
     "Where is the <FL> sounding instrument?",
     {"Where does the <FL> sound come from?", NULL},
     aq_toy_where_first},
    {"Audio-Visual",
     "Temporal",
     "Which <Object> makes the sound <FL>?",
     {"Which of the <Object> plays <FL>?", NULL},
     aq_toy_which_twin},
    {"Audio-Visual",
     "Temporal",
     "Which instrument makes sounds <BA> the <Object>?",
     {"What do we hear <BA> the <Object>?", NULL},
     aq_toy_before_after},
};
#define N_WORDINGS ((int)(sizeof wordings / sizeof *wordings))

static const char *const types[9][2] = {
    {"Audio", "Counting"},           {"Audio", "Comparative"},
    {"Visual", "Counting"},          {"Visual", "Location"},
    {"Audio-Visual", "Existential"}, {"Audio-Visual", "Counting"},
    {"Audio-Visual", "Location"},    {"Audio-Visual", "Comparative"},
    {"Audio-Visual", "Temporal"}};

/* A wording of a random type; types are equally likely, whatever their number of forms.
 */
static int draw_wording(AqRng *r)
{
    const unsigned type = aq_rng_below(r, 9);
    int of_type[N_WORDINGS], n = 0;

    for (int k = 0; k < N_WORDINGS; k++)
        if (strcmp(wordings[k].modality, types[type][0]) == 0 &&
            strcmp(wordings[k].kind, types[type][1]) == 0)
            of_type[n++] = k;
    return of_type[aq_rng_below(r, (unsigned)n)];
}

/* ["a", "b"] as text, the way the data set has it. Gives. */
static char *list_text(const char *const *v, int n)
{
    char *text = aq_strdup("[");

    for (int k = 0; text && k < n; k++) {
        char *more = aq_strf("%s%s\"%s\"", text, k ? ", " : "", v[k]);
        aq_free(text);
        text = more;
    }
    char *all = text ? aq_strf("%s]", text) : NULL;
    aq_free(text);
    return all;
}

static AqErr append(json_t *list, const AqToyScene *s, const Wording *w,
                    const char *template_, const AqToyQuestion *q, int id)
{
    const char *const type[2] = {w->modality, w->kind};
    char video[16];
    char *type_text = list_text(type, 2), *values = list_text(q->value, q->n_values);

    (void)snprintf(video, sizeof video, "%08u", s->index);
    json_t *o = type_text && values
                    ? json_pack("{s:s, s:i, s:s, s:s, s:s, s:i, s:s}", "video_id",
                                video, "question_id", id, "type", type_text,
                                "question_content", template_, "templ_values", values,
                                "question_deleted", 0, "anser", q->answer)
                    : NULL;
    aq_free(type_text);
    aq_free(values);
    return o && json_array_append_new(list, o) == 0
               ? AQ_OK
               : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

AqErr aq_toy_ask(json_t *list, const AqToyScene *s, uint64_t seed, int *next_id)
{
    AqRng r = aq_toy_rng(seed, s->index, AQ_TOY_STREAM_QUESTIONS);
    const int want = 4 + (int)aq_rng_below(&r, 5);
    int asked[N_WORDINGS] = {0}, n = 0;
    double luck[N_WORDINGS];
    AqErr err = AQ_OK;

    for (int k = 0; k < N_WORDINGS; k++)
        luck[k] = aq_rng_uniform(&r);
    for (int t = 0; err == AQ_OK && n < want && t < TRIES; t++) {
        const int k = draw_wording(&r);
        const Wording *w = &wordings[k];
        AqToyQuestion q = {.luck = luck[k]};

        if (asked[k] || !w->form(&q, s, &r))
            continue;
        const char *other = w->others[w->others[1] ? aq_rng_below(&r, 2) : 0];
        const char *text = aq_rng_below(&r, 3) == 0 ? other : w->template_;
        asked[k] = 1;
        n++;
        err = append(list, s, w, text, &q, (*next_id)++);
    }
    return err;
}
