/* SPDX-License-Identifier: MIT */
/* avqa-pipe ask: questions about one clip, which is ingested first if need be. */
#include "base/text/lines.h"
#include "base/text/log.h"
#include "pipeline/commands/ask/ask_priv.h"
#include "pipeline/commands/out.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/ui/explain.h"
#include "pipeline/ui/prompt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static AqErr write_ask_explanation(const AqAsk *j, const AqPrediction *p,
                                   const AqOcclusion *y, int top)
{
    const AqFeatureSizes *sizes = &j->model->shape.sizes;
    const int drawn = sizes->n[AQ_AUDIO] + aq_feature_drawn(sizes);
    const AqExplainPlay play = j->a->embed ? AQ_EXPLAIN_EMBED
                               : j->piped  ? AQ_EXPLAIN_NONE
                                           : AQ_EXPLAIN_LINK;
    const AqExplanation e = {.clip = j->clip_path,
                             .name = j->piped ? "a clip from standard input" : NULL,
                             .play = play,
                             .question = j->q.question,
                             .model = j->model,
                             .model_name = j->is_default
                                               ? "the model that comes with avqa-pipe"
                                               : j->model_path,
                             .prediction = p,
                             .verdict = &j->q.verdict,
                             .occlusion = y,
                             .spans = &j->q.sensed.spans,
                             .sensed = j->q.sensed.lines,
                             .input = &j->tools.facts[drawn].input,
                             .top = top,
                             .max_seconds = j->a->max_seconds,
                             .audio_track = j->tools.audio_track,
                             .stop = aq_interrupt_stop};
    const AqErr err = aq_explain(&e, j->a->explain);

    if (err == AQ_OK)
        aq_log(AQ_LOG_INFO, "%s: open it in a browser", j->a->explain);
    return err;
}

static void print_ask_json(const AqAsk *j, const AqPrediction *p, const AqOcclusion *y,
                           int top)
{
    const AqInquiryNames names = {
        .clip = j->words.clip, .model = j->model_path, .is_default = j->is_default};

    aq_command_print_json(aq_inquiry_json(&j->q, &names, p, y, top));
}

static AqErr answer_question(AqAsk *j)
{
    AqPrediction p;
    AqOcclusion y;
    const AqErr err = aq_inquiry_answer(&j->q, j->a->explain != NULL, &p, &y);

    if (err != AQ_OK)
        return err;
    const int top = j->a->top < p.n_answers ? j->a->top : p.n_answers;
    if (j->a->c.json)
        print_ask_json(j, &p, &y, top);
    else
        aq_ask_print_text(j, &p, &y, top);
    return j->a->explain ? write_ask_explanation(j, &p, &y, top) : AQ_OK;
}

/* One of several. What is no question is told, and the next one asked. */
static AqErr answer_next(AqAsk *j, const char *question)
{
    aq_inquiry_clear(&j->q);
    j->q.question = question;
    j->n_asked++;
    AqErr err = aq_inquiry_read(&j->q);
    if (err == AQ_OK)
        err = answer_question(j);
    if (err == AQ_ERR_USAGE && j->q.misuse) {
        aq_log(AQ_LOG_ERROR, "%s", aq_err_text());
        j->q.misuse = 0;
        j->n_failed++;
        err = AQ_OK;
    }
    if (!j->a->c.json)
        (void)putchar('\n');
    (void)fflush(stdout);
    return err == AQ_OK && aq_interrupted()
               ? aq_fail(AQ_ERR_CANCELLED, "stopped on request")
               : err;
}

/* The question above its answer, where it is not on the screen already. */
static AqErr answer_under_question(AqAsk *j, const char *question)
{
    if (!j->a->c.json)
        (void)printf("%s\n", question);
    return answer_next(j, question);
}

static AqErr answer_typed(AqAsk *j)
{
    AqPrompt prompt;
    const char *line;
    AqErr err = aq_prompt_open(&prompt, "? ", aq_interrupted);

    if (err == AQ_OK)
        aq_log(AQ_LOG_INFO, "ask about %s; Ctrl-D ends", j->words.clip);
    while (err == AQ_OK && (err = aq_prompt_next(&prompt, &line)) == AQ_OK)
        err = answer_next(j, line);
    aq_prompt_close(&prompt);
    j->n_failed = 0; /* whoever typed them has seen it */
    return err == AQ_EOF ? AQ_OK : err;
}

static AqErr answer_lines(AqAsk *j)
{
    AqLines lines;
    const char *line;
    AqErr err = aq_lines_open(&lines, "-");

    if (err != AQ_OK)
        return err;
    while (err == AQ_OK && (err = aq_lines_next(&lines, &line)) == AQ_OK)
        err = answer_under_question(j, line);
    aq_lines_close(&lines);
    if (err == AQ_EOF && j->n_asked == 0)
        return aq_fail(AQ_ERR_USAGE, "there is no question: name one behind the clip, "
                                     "or write some to standard input, one a line");
    return err == AQ_EOF ? AQ_OK : err;
}

static AqErr answer_questions(AqAsk *j)
{
    AqErr err = AQ_OK;

    if (j->words.n == 0)
        return isatty(STDIN_FILENO) ? answer_typed(j) : answer_lines(j);
    if (j->words.n == 1) {
        j->q.question = j->words.questions[0];
        return answer_question(j);
    }
    for (int k = 0; err == AQ_OK && k < j->words.n; k++)
        err = answer_under_question(j, j->words.questions[k]);
    return err;
}

static int check_ask_out(const AqCommand *self, const AqAsk *j)
{
    const AqAskArgs *a = j->a;
    AqOut o = {.self = self, .option = "--explain", .path = a->explain};

    aq_out_not_named(&o, a);
    aq_out_not_model(&o, a->c.model);
    aq_out_not_store(&o, a->c.store);
    return aq_out_end(&o, 0);
}

/* What was named together that does not go together. */
static AqErr check_ask_words(const AqAsk *j)
{
    if (j->words.n != 1 && j->a->explain)
        return aq_fail(AQ_ERR_USAGE, "--explain writes a page about one question: name "
                                     "one behind the clip");
    if (j->a->embed && !j->a->explain)
        return aq_fail(AQ_ERR_USAGE,
                       "--embed puts the clip into the page of --explain; "
                       "name one");
    if (j->words.n == 0 && strcmp(j->words.clip, "-") == 0)
        return aq_fail(AQ_ERR_USAGE, "the clip is standard input (-), so the question "
                                     "has to be named behind it");
    return AQ_OK;
}

/* Before any work: could the clip be put into the page? */
static AqErr check_ask_embed(AqAsk *j)
{
    const AqErr err = j->a->embed ? aq_explain_check_embed(j->clip_path) : AQ_OK;

    j->q.misuse = err == AQ_ERR_USAGE;
    return err;
}

static int ask_status(const AqCommand *self, const AqAsk *j, AqErr err)
{
    if (j->q.misuse || (err == AQ_ERR_USAGE && j->n_asked == 0 && j->words.n == 0))
        return aq_command_misuse(self, "%s", aq_err_text());
    if (err == AQ_OK && j->n_failed > 0)
        return AQ_EXIT_SKIPPED;
    return aq_command_status(err);
}

static int run_ask(const AqCommand *self, void *args)
{
    AqAskArgs *a = args;
    AqAsk j = {.a = a};
    AqErr err = aq_ask_sort_words(&j.words, &a->words);

    if (err == AQ_OK)
        err = check_ask_words(&j);
    if (err != AQ_OK) {
        const int status = err == AQ_ERR_USAGE
                               ? aq_command_misuse(self, "%s", aq_err_text())
                               : aq_command_status(err);
        aq_ask_close(&j);
        return status;
    }
    int status = check_ask_out(self, &j);
    if (status == AQ_EXIT_DONE) {
        aq_command_numbers();
        err = aq_ask_keep_piped(&j);
        if (err == AQ_OK)
            err = check_ask_embed(&j);
        if (err == AQ_OK)
            err = aq_ask_prepare(&j);
        if (err == AQ_OK)
            err = answer_questions(&j);
        status = ask_status(self, &j, err);
    }
    aq_ask_close(&j);
    return status;
}

static const AqOption options[] = {
    AQ_GROUP("Clip and question"),
    AQ_ROW_WORDS("WORD", AqAskArgs, words, 1000, AQ_HINT_FILE,
                 "a clip's file (- is standard input) and questions about it", NULL),
    AQ_ROW_TEXT("choices", AqAskArgs, choices, "A|B|C",
                "what there is to choose from, for a model whose answers are choices",
                NULL),
    AQ_ROW_INT("max-seconds", AqAskArgs, max_seconds, 1, 36000,
               "seconds read of a new clip", NULL),
    AQ_ROWS(aq_rows_audio_track),
    AQ_GROUP("Model and features"),
    AQ_ROWS(aq_rows_model),
    AQ_ROWS(aq_rows_question),
    AQ_ROWS(aq_rows_store),
    AQ_ROW_FILE("audio-weights", AqAskArgs, c.tools.weights[AQ_AUDIO], "FILE",
                "weights of the model's audio network, if not in the data folder; of "
                "several networks FILE,FILE in the model's order",
                NULL),
    AQ_ROW_FILE("visual-weights", AqAskArgs, c.tools.weights[AQ_VISUAL], "FILE",
                "the same for the visual network", NULL),
    AQ_GROUP("The answer"),
    AQ_ROW("top", AQ_OPTION_INT, AqAskArgs, top, "answers to list", NULL, .letter = 'k',
           .arg = "K", .least = 1, .most = 1000),
    AQ_ROW_FILE("explain", AqAskArgs, explain, "OUT.html",
                "a page that shows what the answer rests on", NULL),
    AQ_ROW_FLAG(
        "embed", AqAskArgs, embed,
        "put the clip into the page, at most 32 MB; else the page plays the file "
        "where it is"),
    AQ_ROWS(aq_rows_jobs),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe ask clip.mp4 'Which instrument is louder?'",
     "Asks the trained model, or the one that comes with the program."},
    {"avqa-pipe ask clip.mp4 'How many instruments sound?' --explain why.html",
     "Writes a page that shows what the answer rests on."},
    {"avqa-pipe ask clip.mp4", "Asks for questions until Ctrl-D."},
    {"avqa-pipe ask clip.mp4 --json",
     "A line of JSON for each question of standard input, one a line."},
    {"avqa-pipe ask cat.gif 'What does the cat do 3 times ?' --model tgif.safetensors "
     "--choices 'jump|wave|spin'",
     "Asks a model that was trained to choose."},
    {0}};

static const AqAskArgs ask_defaults = {.top = 3, .max_seconds = 60};

const AqCommand aq_command_ask = {
    .name = "ask",
    .summary = "ask questions about a clip",
    .usage = "CLIP [\"QUESTION\"...] [OPTIONS]",
    .about =
        "Prints the answer, the likeliest answers with their probabilities, and what "
        "the answer rests on: what it would be without the sound or the picture, and "
        "the seconds that it loses most by when they are hidden, in log-odds (-0.7 "
        "halves the odds, -2.3 makes them a tenth). It says what speaks against the "
        "answer, or that nothing should be claimed.\n\n"
        "Without a question it asks for some, at the terminal until Ctrl-D, or reads "
        "them from standard input, one a line. Several questions are answered in turn; "
        "the clip is read once. A question needs no quotes, and may stand before the "
        "clip. What is no question is told and passed over, with exit status 3.\n\n"
        "A clip that is in no data set of the store is read first and kept apart. "
        "Where no model was named or trained, the one that comes with the program is "
        "asked.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(AqAskArgs, c),
    .defaults = &ask_defaults,
    .stop = AQ_STOP_SAVES,
    .run = run_ask};
