/* SPDX-License-Identifier: MIT */
/*
 * MUSIC-AVQA's nine question types and their templates (Li et al., CVPR 2022), half of
 * the time reworded as people might type them.
 */
#include "examples/toyband/ask.h"

#include "base/alloc.h"
#include "examples/toyband/forms.h"

#include <stdio.h>
#include <string.h>

#define TRIES 2000

typedef struct Wording {
    const char *modality, *kind, *template_;
    const char *others[6]; /* other wordings; NULL after the last */
    AqToyForm form;
} Wording;

/* ---- the table ---- */

static const Wording wordings[] = {
    {"Audio",
     "Counting",
     "How many musical instruments were heard throughout the video?",
     {"How many instruments can you hear?", "how many instruments sound?",
      "How many different players do we hear?", "count the instruments that are heard",
      "how many instruments are playing in total?"},
     aq_toy_heard_count},
    {"Audio",
     "Counting",
     "Is there a <Object> sound?",
     {"Can you hear a <Object>?", "do you hear the <Object>?", "is a <Object> heard?",
      "does a <Object> sound?", "is the <Object> audible?"},
     aq_toy_is_heard},
    {"Audio",
     "Counting",
     "Are there <Object> and <Object> sound?",
     {"Do you hear both <Object> and <Object>?", "can <Object> and <Object> be heard?",
      "is there the sound of a <Object> and a <Object>?",
      "do both the <Object> and the <Object> sound?"},
     aq_toy_are_heard},
    {"Audio",
     "Comparative",
     "Is the <Object> louder than the <Object>?",
     {"Does the <Object> sound louder than the <Object> does?",
      "is <Object> louder than <Object>?", "Is the <Object> noisier than the <Object>?",
      "does the <Object> play louder than the <Object>?"},
     aq_toy_heard_louder},
    {"Audio",
     "Comparative",
     "Is the <Object> more rhythmic than the <Object>?",
     {"Does the <Object> play faster notes than the <Object>?",
      "is the <Object> faster than the <Object>?",
      "does <Object> play more quickly than <Object>?"},
     aq_toy_heard_rhythmic},
    {"Audio",
     "Comparative",
     "Is the <Object> playing longer than the <Object>?",
     {"Do we hear the <Object> for a longer time than the <Object>?",
      "does the <Object> play longer than the <Object>?",
      "is <Object> heard longer than <Object>?"},
     aq_toy_heard_longer},
    {"Visual",
     "Counting",
     "How many <Object> are in the entire video?",
     {"what is the number of <Object> shown?", "how many <Object> do you see?",
      "how many <Object> are there?", "count the <Object> in the picture"},
     aq_toy_seen_of_kind},
    {"Visual",
     "Counting",
     "How many types of musical instruments appeared in the entire video?",
     {"How many different instruments can be seen?",
      "how many kinds of instruments are there?",
      "how many kinds of instruments do you see?",
      "how many types of instruments are shown?"},
     aq_toy_seen_types},
    {"Visual",
     "Counting",
     "Is there a <Object> in the entire video?",
     {"Do you see a <Object>?", "is there a <Object>?", "can a <Object> be seen?",
      "is a <Object> shown?", "does the video show a <Object>?"},
     aq_toy_is_seen},
    {"Visual",
     "Counting",
     "Are there <Object> and <Object> instruments in the video?",
     {"Do you see both a <Object> and a <Object>?",
      "are there a <Object> and a <Object>?",
      "does the video show both <Object> and <Object>?"},
     aq_toy_are_seen},
    {"Visual",
     "Location",
     "Where is the performance?",
     {"is this inside or outside?", "Where do they play?",
      "are they indoors or outdoors?", "where was this filmed?", "where is this?",
      "is it indoor or outdoor?"},
     aq_toy_where_performed},
    {"Visual",
     "Location",
     "What is the instrument on the <LR> of <Object>?",
     {"what stands directly <LR> of the <Object>?", "what is <LR> of the <Object>?",
      "which instrument is to the <LR> of the <Object>?",
      "what stands on the <LR> of the <Object>?"},
     aq_toy_beside},
    {"Visual",
     "Location",
     "What kind of instrument is the <LRer> instrument?",
     {"Which instrument do you see <LRer>?", "what is the <LRer> instrument?",
      "which instrument is <LRer>?", "which instrument stands <LRer>?"},
     aq_toy_outermost},
    {"Visual",
     "Location",
     "What kind of musical instrument is it?",
     {"What instrument is shown?", "which instrument is this?",
      "what instrument is that?", "what do you see?", "name the instrument"},
     aq_toy_only_one},
    {"Audio-Visual",
     "Existential",
     "Is the <Object> in the video always playing?",
     {"Does the <Object> play all the time?", "does the <Object> never stop?",
      "is the <Object> playing from beginning to end?",
      "is the <Object> always playing?"},
     aq_toy_always_plays},
    {"Audio-Visual",
     "Existential",
     "Is this sound from the instrument in the video?",
     {"Does what we hear come from what we see?",
      "does the sound come from the instruments shown?",
      "do the instruments in the picture make the sound?"},
     aq_toy_from_the_seen},
    {"Audio-Visual",
     "Counting",
     "How many sounding <Object> in the video\uFF1F",
     {"How many of the <Object> we see are played?", "how many <Object> are sounding?",
      "how many <Object> play?", "how many of the <Object> make a sound?"},
     aq_toy_sounding_of_kind},
    {"Audio-Visual",
     "Counting",
     "How many instruments are sounding in the video?",
     {"how many of the instruments shown can be heard?",
      "how many of the instruments in the picture sound?",
      "how many instruments we see are played?"},
     aq_toy_sounding_count},
    {"Audio-Visual",
     "Counting",
     "How many types of musical instruments sound in the video?",
     {"How many different kinds of instruments are played?",
      "how many types of instruments sound?",
      "how many kinds of instruments are sounding?"},
     aq_toy_sounding_types},
    {"Audio-Visual",
     "Counting",
     "How many instruments in the video did not sound from beginning to end?",
     {"How many of the instruments stay silent?", "how many instruments are silent?",
      "how many of the instruments shown do not play?",
      "how many instruments never sound?"},
     aq_toy_silent_count},
    {"Audio-Visual",
     "Location",
     "Where is the <LL> instrument?",
     {"On which side is the <LL> one?", "where is the <LL> one?",
      "where does the <LL> instrument stand?", "where do you see the <LL> instrument?"},
     aq_toy_where_loudest},
    {"Audio-Visual",
     "Location",
     "Is the <FL> sound coming from the <LR> instrument?",
     {"Does the instrument on the <LR> make the <FL> sound?",
      "does the <FL> sound come from the <LR>?",
      "is the <LR> instrument the <FL> to sound?"},
     aq_toy_is_first_there},
    {"Audio-Visual",
     "Location",
     "What is the <LR> instrument of the <FL> sounding instrument?",
     {"What stands <LR> of the instrument that sounds <FL>?",
      "what is <LR> of the instrument that comes in <FL>?",
      "which instrument is <LR> of the <FL> sounding one?"},
     aq_toy_beside_first},
    {"Audio-Visual",
     "Location",
     "Which is the musical instrument that sounds at the same time as the <Object>?",
     {"what plays together with the <Object>?",
      "which instrument sounds with the <Object>?",
      "what do we hear at the same time as the <Object>?",
      "which instrument accompanies the <Object>?"},
     aq_toy_same_time},
    {"Audio-Visual",
     "Comparative",
     "Is the <Object> on the <LR> louder than the <Object> on the <LR>?",
     {"Is the <Object> at the <LR> playing louder than the <Object> at the <LR>?",
      "does the <Object> on the <LR> sound louder than the <Object> on the <LR>?"},
     aq_toy_seen_louder},
    {"Audio-Visual",
     "Comparative",
     "Is the instrument on the <LR> louder than the instrument on the <LR>?",
     {"Is what stands <LR> louder than what stands <LR>?",
      "is the <LR> instrument louder than the <LR> one?",
      "does the <LR> one play louder than the <LR> one?"},
     aq_toy_place_louder},
    {"Audio-Visual",
     "Comparative",
     "Is the <Object> on the <LR> more rhythmic than the <Object> on the <LR>?",
     {"Does the <Object> at the <LR> play faster than the <Object> at the <LR>?",
      "is the <Object> on the <LR> faster than the <Object> on the <LR>?"},
     aq_toy_seen_rhythmic},
    {"Audio-Visual",
     "Comparative",
     "Is the instrument on the <LR> more rhythmic than the instrument on the <LR>?",
     {"Is what stands <LR> played faster than what stands <LR>?",
      "is the <LR> instrument faster than the <LR> one?",
      "does the <LR> one play faster notes than the <LR> one?"},
     aq_toy_place_rhythmic},
    {"Audio-Visual",
     "Temporal",
     "What is the <TH> instrument that comes in?",
     {"Which instrument is the <TH> to play?", "which instrument comes in <TH>?",
      "what is the <TH> instrument to sound?", "which instrument sounds <TH>?",
      "what plays <TH>?"},
     aq_toy_which_th},
    {"Audio-Visual",
     "Temporal",
     "What is the first instrument that comes in?",
     {"which instrument sounds first?", "which instrument sounds first?",
      "what do we hear first?", "which instrument starts?", "which one plays first?",
      "who begins?"},
     aq_toy_which_first},
    {"Audio-Visual",
     "Temporal",
     "Where is the <FL> sounding instrument?",
     {"Where does the <FL> sound come from?",
      "where is the instrument that sounds <FL>?",
      "where is the <FL> instrument to play?",
      "on which side is the <FL> one to sound?"},
     aq_toy_where_first},
    {"Audio-Visual",
     "Temporal",
     "Which <Object> makes the sound <FL>?",
     {"Which of the <Object> plays <FL>?", "which <Object> sounds <FL>?",
      "which of the <Object> comes in <FL>?"},
     aq_toy_which_twin},
    {"Audio-Visual",
     "Temporal",
     "Which instrument makes sounds <BA> the <Object>?",
     {"What do we hear <BA> the <Object>?", "which instrument plays <BA> the <Object>?",
      "what sounds <BA> the <Object>?", "which instrument comes in <BA> the <Object>?"},
     aq_toy_before_after},
};
#define N_WORDINGS ((int)(sizeof wordings / sizeof *wordings))

static const char *const types[9][2] = {
    {"Audio", "Counting"},           {"Audio", "Comparative"},
    {"Visual", "Counting"},          {"Visual", "Location"},
    {"Audio-Visual", "Existential"}, {"Audio-Visual", "Counting"},
    {"Audio-Visual", "Location"},    {"Audio-Visual", "Comparative"},
    {"Audio-Visual", "Temporal"}};

/* A template of a random type; all types are equally likely, whatever their number of
 * forms. */
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

/* ["a", "b"] as text, as in the data set. Gives. */
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

/* Other names that people type for an instrument. */
static const char *const nicknames[][3] = {
    {"acoustic_guitar", "guitar", "acoustic guitar"},
    {"saxophone", "sax", "saxophone"},
    {"drum", "drums", "drum"},
    {"congas", "conga drums", "congas"},
    {"violin", "fiddle", "violin"}};

static void use_nicknames(AqToyQuestion *q, AqRng *r)
{
    for (int v = 0; v < q->n_values; v++)
        for (size_t k = 0; k < sizeof nicknames / sizeof *nicknames; k++)
            if (strcmp(q->value[v], nicknames[k][0]) == 0) {
                q->value[v] = nicknames[k][aq_rng_below(r, 3)];
                break;
            }
}

/* The template, or half of the time another wording of it. */
static const char *word_it(const Wording *w, AqToyQuestion *q, AqRng *r)
{
    int n = 0;

    while (n < 6 && w->others[n])
        n++;
    if (aq_rng_below(r, 2) == 0)
        return w->template_;
    use_nicknames(q, r);
    return w->others[aq_rng_below(r, (unsigned)n)];
}

/* Does the list already have this question about the scene? */
static int asked_before(const json_t *list, size_t first, const char *text,
                        const AqToyQuestion *q)
{
    char *values = list_text(q->value, q->n_values);
    int same = 0;

    for (size_t k = first; values && !same && k < json_array_size(list); k++) {
        const json_t *o = json_array_get(list, k);

        same =
            strcmp(json_string_value(json_object_get(o, "question_content")), text) ==
                0 &&
            strcmp(json_string_value(json_object_get(o, "templ_values")), values) == 0;
    }
    aq_free(values);
    return same;
}

AqErr aq_toy_ask(json_t *list, const AqToyScene *s, uint64_t seed, int most,
                 int *next_id)
{
    AqRng r = aq_toy_rng(seed, s->index, AQ_TOY_STREAM_QUESTIONS);
    const int want = most > 0 ? most : 4 + (int)aq_rng_below(&r, 5);
    const int each = 1 + want / 12; /* of one template, with other values */
    const size_t first = json_array_size(list);
    int asked[N_WORDINGS] = {0}, n = 0;
    double luck[N_WORDINGS];
    AqErr err = AQ_OK;

    for (int k = 0; k < N_WORDINGS; k++)
        luck[k] = aq_rng_uniform(&r);
    for (int t = 0; err == AQ_OK && n < want && t < TRIES; t++) {
        const int k = draw_wording(&r);
        const Wording *w = &wordings[k];
        AqToyQuestion q = {.luck = luck[k]};

        if (asked[k] >= each || !w->form(&q, s, &r))
            continue;
        const char *text = word_it(w, &q, &r);
        asked[k]++;
        luck[k] = aq_rng_uniform(&r);
        if (asked_before(list, first, text, &q))
            continue;
        n++;
        err = append(list, s, w, text, &q, (*next_id)++);
    }
    return err;
}
