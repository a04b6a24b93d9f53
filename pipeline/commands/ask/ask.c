/* SPDX-License-Identifier: MIT */
/* avqa-pipe ask: one question about one clip, which is ingested first if need be. */
#include "base/text/log.h"
#include "pipeline/commands/ask/ask_priv.h"
#include "pipeline/commands/out.h"
#include "pipeline/ui/explain.h"

static AqErr write_ask_explanation(const AqAsk *j, const AqPrediction *p,
                                   const AqOcclusion *y, int top)
{
    const AqFeatureSizes *sizes = &j->model->shape.sizes;
    const int drawn = sizes->n[AQ_AUDIO] + aq_feature_drawn(sizes);
    const AqExplanation e = {.clip = j->a->words.v[0],
                             .question = j->a->words.v[1],
                             .model = j->model,
                             .prediction = p,
                             .verdict = &j->verdict,
                             .occlusion = y,
                             .input = &j->tools.facts[drawn].input,
                             .top = top,
                             .max_seconds = j->a->max_seconds,
                             .audio_track = j->tools.audio_track};
    const AqErr err = aq_explain(&e, j->a->explain);

    if (err == AQ_OK)
        aq_log(AQ_LOG_INFO, "%s: open it in a browser", j->a->explain);
    return err;
}

static AqErr answer_question(AqAsk *j)
{
    const char *question = j->a->words.v[1];
    AqPrediction p;
    AqOcclusion y;
    AqErr err = aq_ask_look_for(j);

    if (err == AQ_OK)
        err = aq_predictor_ask(j->predictor, &j->clip, question, &p);
    if (err == AQ_OK)
        err = aq_ask_doubt(j, &p);
    if (err == AQ_OK)
        aq_occluder_explain(j->occluder, p.order[0]);
    if (err == AQ_OK)
        err = aq_occlude(j->occluder, &j->clip, question, j->a->explain != NULL, &y);
    if (err != AQ_OK)
        return err;
    const int top = j->a->top < p.n_answers ? j->a->top : p.n_answers;
    if (j->a->c.json)
        aq_ask_print_json(j, &p, &y, top);
    else
        aq_ask_print_text(j, &p, &y, top);
    return j->a->explain ? write_ask_explanation(j, &p, &y, top) : AQ_OK;
}

static int check_ask_out(const AqCommand *self, const AqAskArgs *a)
{
    AqOut o = {.self = self, .option = "--explain", .path = a->explain};

    aq_out_not(&o, a->words.v[0]);
    aq_out_not_model(&o, a->c.model);
    aq_out_not_store(&o, a->c.store);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        aq_out_not_weights(&o, a->c.tools.weights[m]);
    return aq_out_end(&o, 0);
}

static int run_ask(const AqCommand *self, void *args)
{
    AqAskArgs *a = args;
    AqAsk j = {.a = a};

    if (a->words.n != 2)
        return aq_command_misuse(self, "it takes a clip and a question (in quotes)");
    int status = check_ask_out(self, a);
    if (status != AQ_EXIT_DONE)
        return status;
    aq_command_numbers();
    AqErr err = aq_ask_prepare(&j);
    if (err == AQ_OK)
        err = answer_question(&j);
    status = j.misuse ? aq_command_misuse(self, "%s", aq_err_text())
                      : aq_command_status(err);
    aq_ask_close(&j);
    return status;
}

static const AqOption options[] = {
    AQ_GROUP("Clip and question"),
    AQ_ROW_WORDS("WORD", AqAskArgs, words, 2, AQ_HINT_FILE,
                 "a clip, by its file or its name in the store, and a question", NULL),
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
    AQ_ROWS(aq_rows_jobs),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe ask clip.mp4 'Which instrument is louder?'",
     "Asks the trained model, or the one that comes with the program."},
    {"avqa-pipe ask clip.mp4 'How many instruments sound?' --explain why.html",
     "Writes a page that shows what the answer rests on."},
    {0}};

static const AqAskArgs ask_defaults = {.top = 3, .max_seconds = 60};

const AqCommand aq_command_ask = {
    .name = "ask",
    .summary = "ask one question about one clip",
    .usage = "CLIP \"QUESTION\" [OPTIONS]",
    .about =
        "Prints the answer, the likeliest answers with their probabilities, and what "
        "the answer rests on: what it would be without the sound or the picture, and "
        "the seconds that it loses most by when they are hidden, in log-odds (-0.7 "
        "halves the odds, -2.3 makes them a tenth). It says what speaks against the "
        "answer, or that nothing should be claimed.\n\n"
        "A clip that is in no data set of the store is read first and kept apart. "
        "Where no model was named or trained, the one that comes with the program is "
        "asked.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(AqAskArgs, c),
    .defaults = &ask_defaults,
    .stop = AQ_STOP_SAVES,
    .run = run_ask};
