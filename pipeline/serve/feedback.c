/* SPDX-License-Identifier: MIT */
/*
 * Judgements of answers, as rows of a CSV file (RFC 4180) that `train --annotations`
 * reads: video_id, question, answer and type, and behind them what was judged. The
 * answer is the one that is right, as far as it is known; rows without one are left out
 * by `train`.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "pipeline/serve/serve_priv.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ANSWER = 200 };

static const char csv_head[] =
    "video_id,question,answer,type,verdict,given,probability,model,time,clip\r\n";

typedef struct Judgement {
    const char *clip, *verdict, *right;
    int n;
} Judgement;

static int read_judgement(const json_t *body, Judgement *j, AqReply *out)
{
    const json_t *n = json_object_get(body, "ask"),
                 *right = json_object_get(body, "right_answer");

    *j = (Judgement){.clip = aq_json_member_text(body, "clip"),
                     .verdict = aq_json_member_text(body, "verdict"),
                     .right = aq_json_member_text(body, "right_answer"),
                     .n = json_is_integer(n) && json_integer_value(n) > 0 &&
                                  json_integer_value(n) <= AQ_CLIP_MOST_ASKS
                              ? (int)json_integer_value(n)
                              : 0};
    const int is_right = strcmp(j->verdict, "right") == 0,
              is_wrong = strcmp(j->verdict, "wrong") == 0;
    if (*j->clip && j->n && (is_right || is_wrong) &&
        (!right || json_is_null(right) || json_is_string(right)) &&
        strlen(j->right) <= MOST_ANSWER)
        return 1;
    aq_reply_error(out, 400,
                   "it takes {\"clip\": ID, \"ask\": N, \"verdict\": \"right\" or "
                   "\"wrong\", \"right_answer\": TEXT of at most %d bytes or nothing}",
                   MOST_ANSWER);
    return 0;
}

/* The text in quotes, with each quote doubled and no line breaks, behind *row. */
static AqErr add_csv_field(char **row, const char *text)
{
    char *quoted = aq_alloc(2 * strlen(text) + 1, 1), *to = quoted, *longer = NULL;

    for (; quoted && *text; text++) {
        char c = *text;

        if (c == '\r' || c == '\n')
            c = ' ';
        *to++ = c;
        if (c == '"')
            *to++ = c;
    }
    if (quoted)
        longer = aq_strf("%s%s\"%s\"", *row ? *row : "", *row ? "," : "", quoted);
    aq_free(quoted);
    if (!longer)
        return AQ_ERR_NOMEM;
    aq_free(*row);
    *row = longer;
    return AQ_OK;
}

/* Gives the row, with its end. */
static AqErr make_feedback_row(const Judgement *j, const AqServedClip *clip,
                               const json_t *ask, char **row)
{
    const json_t *answer = json_object_get(ask, "answer");
    const char *guess = aq_json_member_text(answer, "best_guess");
    char *video = aq_fs_stem(aq_clip_path(clip)), number[32], now[32];
    const char *fields[] = {video,
                            aq_json_member_text(ask, "question"),
                            *j->right                          ? j->right
                            : strcmp(j->verdict, "right") == 0 ? guess
                                                               : "",
                            "feedback",
                            j->verdict,
                            guess,
                            number,
                            aq_json_member_text(ask, "model"),
                            now,
                            aq_clip_id(clip)};
    AqErr err = video ? AQ_OK : AQ_ERR_NOMEM;

    (void)snprintf(number, sizeof number, "%.6f",
                   json_number_value(json_object_get(answer, "probability")));
    (void)snprintf(now, sizeof now, "%lld", (long long)time(NULL));
    for (size_t k = 0; err == AQ_OK && k < sizeof fields / sizeof *fields; k++)
        err = add_csv_field(row, fields[k]);
    aq_free(video);
    return err;
}

/* One write, so that rows of several servers do not mix. */
static AqErr append_feedback(AqServe *s, const char *row)
{
    const char *path = s->o->feedback;
    struct stat st;
    AqErr err = aq_fs_mkdirs_for(path);

    if (err != AQ_OK)
        return err;
    (void)pthread_mutex_lock(&s->feedback);
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int is_new = fd >= 0 && fstat(fd, &st) == 0 && st.st_size == 0;
    char *text = aq_strf("%s%s\r\n", is_new ? csv_head : "", row);
    if (!text)
        err = AQ_ERR_NOMEM;
    else if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        err = aq_fail_errno(path);
    if (fd >= 0 && close(fd) != 0 && err == AQ_OK)
        err = aq_fail_errno(path);
    (void)pthread_mutex_unlock(&s->feedback);
    aq_free(text);
    return err;
}

static void keep_judgement(AqServe *s, const Judgement *j, AqReply *out)
{
    AqServedClip *clip = aq_clips_find(s->clips, j->clip);
    json_t *ask = NULL;
    char *row = NULL;

    if (!clip) {
        aq_reply_error(out, 404, "there is no clip of that ID");
        return;
    }
    AqErr err = aq_clip_ask(s->clips, clip, j->n, &ask);
    if (err == AQ_OK)
        err = make_feedback_row(j, clip, ask, &row);
    if (err == AQ_OK)
        err = append_feedback(s, row);
    if (err == AQ_OK)
        out->status = 204;
    else
        aq_reply_failure(out, err);
    aq_free(row);
    json_decref(ask);
    aq_clips_let_go(s->clips, clip);
}

void aq_handle_feedback(const AqRequest *r, AqReply *out)
{
    AqServe *s = r->app;
    Judgement j;
    json_t *body;

    if (!aq_serve_body(r, out, &body))
        return;
    if (read_judgement(body, &j, out))
        keep_judgement(s, &j, out);
    json_decref(body);
}
