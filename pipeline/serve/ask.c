/* SPDX-License-Identifier: MIT */
/* /api/ask: a question about a clip that is there, or that comes with it. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "pipeline/asking/clip.h"
#include "pipeline/serve/serve_priv.h"
#include "pipeline/ui/explain.h"

#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { MOST_QUESTION = 2000, SEAT_SECONDS = 300, ASK_AGAIN_S = 2, TOP = 5 };

/* ---- at a seat ---- */

/* How the network takes the pictures that the heat map lies over. */
static const AqInput *drawn_input(const AqDeskModel *m)
{
    const AqFeatureSizes *sizes = &m->model->shape.sizes;

    return &m->tools.facts[sizes->n[AQ_AUDIO] + aq_feature_drawn(sizes)].input;
}

/* "grid_part": the shares of the picture's width and height, around its middle, that
 * the network saw. */
static void add_grid_part(const AqServe *s, const AqServeAsk *a, json_t *answer)
{
    double share[2] = {1, 1};
    int width, height;

    aq_clip_picture_size(s->clips, a->clip, &width, &height);
    if (width > 0 && height > 0)
        aq_input_part(drawn_input(&s->o->models->at[a->model]), width, height, share);
    (void)json_object_set_new(answer, "grid_part",
                              json_pack("[f, f]", share[0], share[1]));
}

static AqErr write_asked_page(AqServe *s, const AqServeAsk *a, const AqInquiry *q,
                              const AqPrediction *p, const AqOcclusion *y)
{
    const AqDeskModel *m = &s->o->models->at[a->model];
    struct stat st;
    const int is_small = stat(aq_clip_path(a->clip), &st) == 0 &&
                         (size_t)st.st_size <= AQ_EXPLAIN_MOST_EMBEDDED;
    const AqExplanation e = {.clip = aq_clip_path(a->clip),
                             .name = aq_clip_name(a->clip),
                             .play = is_small ? AQ_EXPLAIN_EMBED : AQ_EXPLAIN_NONE,
                             .model_name = m->name,
                             .question = a->question,
                             .model = m->model,
                             .prediction = p,
                             .verdict = &q->verdict,
                             .occlusion = y,
                             .spans = &q->sensed.spans,
                             .sensed = q->sensed.lines,
                             .input = drawn_input(m),
                             .top = TOP < p->n_answers ? TOP : p->n_answers,
                             .max_seconds = s->o->max_seconds,
                             .stop = aq_serve_is_over,
                             .stop_ctx = s};

    return aq_explain(&e, a->page);
}

static AqErr answer_at_seat(AqServe *s, const AqServeAsk *a, AqSeat *seat,
                            const AqAskedClip *clip, json_t **out)
{
    const AqDeskModel *m = &s->o->models->at[a->model];
    const AqInquiryNames names = {
        .clip = aq_clip_name(a->clip), .model = m->path, .is_default = m->is_default};
    AqInquiry q = {.model = m->model,
                   .forms = m->forms,
                   .predictor = seat->predictor[a->model],
                   .occluder = seat->occluder[a->model],
                   .clip = &clip->features,
                   .notes = clip->notes,
                   .offered = a->offered,
                   .n_offered = a->n_offered,
                   .question = a->question};
    AqPrediction p;
    AqOcclusion y;
    AqErr err = aq_inquiry_read(&q);

    if (err == AQ_OK)
        err = aq_inquiry_answer(&q, a->explain || a->page, &p, &y);
    if (err == AQ_OK) {
        *out =
            aq_inquiry_json(&q, &names, &p, &y, TOP < p.n_answers ? TOP : p.n_answers);
        err = *out ? AQ_OK : AQ_ERR_NOMEM;
    }
    if (err == AQ_OK)
        add_grid_part(s, a, *out);
    if (err == AQ_OK && a->page)
        err = write_asked_page(s, a, &q, &p, &y);
    aq_inquiry_clear(&q);
    return err;
}

AqErr aq_serve_answer(AqServe *s, const AqServeAsk *a, json_t **answer)
{
    const AqDeskModel *m = &s->o->models->at[a->model];
    AqAskedClip clip = {.notes = NULL};
    AqSeat *seat = NULL;
    AqErr err = aq_seats_take(s->seats, a->model, SEAT_SECONDS, &seat);

    *answer = NULL;
    if (err != AQ_OK)
        return err;
    const AqAskedClipPlan plan = {.store = seat->store,
                                  .tools = &m->tools,
                                  .sha256 = aq_clip_sha256(a->clip),
                                  .jobs = 1,
                                  .max_seconds = s->o->max_seconds,
                                  .stop = aq_serve_is_over,
                                  .ctx = s};
    if (aq_serve_is_over(s))
        err = aq_fail(AQ_ERR_CANCELLED, "the server ended before the question's turn");
    if (err == AQ_OK)
        err = aq_asked_clip_find(&clip, aq_clip_path(a->clip));
    if (err == AQ_OK)
        err = aq_asked_clip_load(&clip, m->model, &plan);
    if (err == AQ_OK)
        err = answer_at_seat(s, a, seat, &clip, answer);
    aq_asked_clip_release(&clip);
    aq_seats_give_back(s->seats, seat);
    if (err != AQ_OK) {
        json_decref(*answer);
        *answer = NULL;
    }
    return err;
}

/* ---- what is asked ---- */

typedef struct AskWords {
    json_t *body; /* of JSON; NULL: a form */
    const char *clip, *question, *model;
    int explain;
} AskWords;

/* The text of a member; NULL: it is not there. 0: it is there, and no text. */
static int take_ask_text(const json_t *o, const char *key, const char **text)
{
    const json_t *v = json_object_get(o, key);

    *text = json_string_value(v);
    return !v || json_is_null(v) || *text;
}

static int is_said(const char *text)
{
    return text && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0 ||
                    strcmp(text, "on") == 0);
}

static int read_ask_words(const AqRequest *r, AqReply *out, AskWords *w)
{
    if (r->is_form) {
        *w = (AskWords){.clip = r->field(r, "clip"),
                        .question = r->field(r, "question"),
                        .model = r->field(r, "model"),
                        .explain = is_said(r->field(r, "explain"))};
    } else if (aq_serve_body(r, out, &w->body)) {
        if (!take_ask_text(w->body, "clip", &w->clip) ||
            !take_ask_text(w->body, "question", &w->question) ||
            !take_ask_text(w->body, "model", &w->model)) {
            aq_reply_error(out, 400, "\"clip\", \"question\" and \"model\" are texts");
            return 0;
        }
        w->explain = json_is_true(json_object_get(w->body, "explain"));
    } else {
        return 0;
    }
    if (w->question && strlen(w->question) <= MOST_QUESTION)
        return 1;
    aq_reply_error(out, 400, "\"question\" is missing, or longer than %d bytes",
                   MOST_QUESTION);
    return 0;
}

static int take_ask_choices(const AqServe *s, const AskWords *w, AqServeAsk *a,
                            AqReply *out)
{
    const json_t *list = json_object_get(w->body, "choices");
    const int chooses = s->o->models->at[a->model].model->shape.task == AQ_TASK_CHOICE;
    const size_t n = json_array_size(list);

    for (size_t k = 0; k < n && k < AQ_MOST_CHOICES; k++) {
        const char *text = json_string_value(json_array_get(list, k));

        if (text && *text)
            a->offered[a->n_offered++] = text;
    }
    if (a->n_offered == n && (n > 0) == chooses)
        return 1;
    aq_reply_error(out, 400,
                   chooses
                       ? "this model chooses: \"choices\" has to be an array of 1 to "
                         "%d texts"
                       : "this model answers in words of its own, or with a number: "
                         "leave \"choices\" out",
                   AQ_MOST_CHOICES);
    return 0;
}

/* Whether the model can be asked this, before any work is done for it. */
static int check_ask_question(const AqServe *s, const AskWords *w, AqServeAsk *a,
                              AqReply *out)
{
    a->model =
        aq_desk_model_find(s->o->models, w->model && *w->model ? w->model : NULL);
    a->question = w->question;
    a->explain = w->explain;
    if (a->model < 0) {
        aq_reply_error(out, 404, "there is no such model: /api/status lists them");
        return 0;
    }
    const AqDeskModel *m = &s->o->models->at[a->model];
    AqInquiry q = {.model = m->model, .forms = m->forms, .question = w->question};
    const AqErr err = aq_inquiry_read(&q);
    if (err != AQ_OK)
        aq_reply_failure(out, err);
    return err == AQ_OK && take_ask_choices(s, w, a, out);
}

/* The clip that is named or that came, held; NULL: the reply says why. */
static AqServedClip *find_asked_clip(AqServe *s, const AqRequest *r, const AskWords *w,
                                     AqReply *out)
{
    AqServedClip *clip = NULL;
    int is_new;

    if (r->file->path && r->file->bytes > 0) {
        const AqErr err = aq_serve_take_file(s, r, r->file->name, &clip, &is_new);

        if (err != AQ_OK)
            aq_reply_failure(out, err);
        return clip;
    }
    if (w->clip)
        clip = aq_clips_find(s->clips, w->clip);
    if (!clip && w->clip)
        aq_reply_error(out, 404, "there is no clip of that ID: POST it to /api/clips");
    else if (!clip)
        aq_reply_error(out, 400,
                       "\"clip\" is missing: an ID of /api/clips, or in a form a file");
    return clip;
}

static AqErr answer_and_keep(AqServe *s, const AqServeAsk *a, json_t **ask)
{
    const int64_t from_us = aq_clock_us();
    json_t *answer = NULL;
    AqErr err = aq_serve_await_features(s, a->clip, a->model);

    if (err == AQ_OK)
        err = aq_serve_answer(s, a, &answer);
    if (err != AQ_OK)
        return err;
    *ask =
        aq_json_pack("{s:s, s:s, s:s, s:I, s:f, s:o}", "clip", aq_clip_id(a->clip),
                     "question", a->question, "model", s->o->models->at[a->model].name,
                     "time", (json_int_t)time(NULL), "seconds_taken",
                     (double)(aq_clock_us() - from_us) / 1e6, "answer", answer);
    return *ask ? aq_clip_add_ask(s->clips, a->clip, *ask) : AQ_ERR_NOMEM;
}

static void ask_as_said(AqServe *s, const AqRequest *r, const AskWords *w, AqReply *out)
{
    AqServeAsk a = {.clip = NULL};
    json_t *ask = NULL;

    if (!check_ask_question(s, w, &a, out))
        return;
    a.clip = find_asked_clip(s, r, w, out);
    if (!a.clip)
        return;
    const AqErr err = answer_and_keep(s, &a, &ask);
    if (err == AQ_OK) {
        aq_reply_json(out, 201, ask);
    } else {
        aq_reply_failure(out, err);
        json_decref(ask);
    }
    aq_clips_let_go(s->clips, a.clip);
}

void aq_handle_ask(const AqRequest *r, AqReply *out)
{
    AqServe *s = r->app;
    AskWords w = {.body = NULL};

    if (atomic_fetch_add(&s->n_asks, 1) >= s->o->asks_at_once)
        aq_reply_busy(out, ASK_AGAIN_S, "as many questions wait for an answer as may");
    else if (read_ask_words(r, out, &w))
        ask_as_said(s, r, &w, out);
    (void)atomic_fetch_sub(&s->n_asks, 1);
    json_decref(w.body);
}
