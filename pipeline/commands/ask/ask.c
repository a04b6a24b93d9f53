/* SPDX-License-Identifier: MIT */
/* avqa-pipe ask: one question about one clip, which is ingested first if need be. */
#include "base/text/log.h"
#include "pipeline/commands/ask/ask_priv.h"
#include "pipeline/commands/out.h"
#include "pipeline/ui/explain.h"

static AqErr write_ask_explanation(const AqAsk *j, const AqPrediction *p,
                                   const AqOcclusion *y, int top)
{
    const AqExplanation e = {.clip = j->a->rest.v[0],
                             .question = j->a->rest.v[1],
                             .model = j->model,
                             .prediction = p,
                             .verdict = &j->verdict,
                             .occlusion = y,
                             .input = &j->tools.facts[AQ_VISUAL].input,
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
    const char *question = j->a->rest.v[1];
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

    aq_out_not(&o, a->rest.v[0]);
    aq_out_not_model(&o, a->c.model);
    aq_out_not_store(&o, a->c.store);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        aq_out_not_weights(&o, a->c.tools.weights[m]);
    return aq_out_end(&o, 0);
}

static int run_ask(const AqCommand *self, int argc, char **argv)
{
    AqAskArgs a = {.top = 3, .max_seconds = 60};
    AqAsk j = {.a = &a};
    int status;
    const AqOption table[] = {
        {.name = "top",
         .letter = 'k',
         .kind = AQ_OPT_INT,
         .arg = "K",
         .to = &a.top,
         .lo = 1,
         .hi = 1000,
         .help = "answers to list [3]"},
        {.name = "explain",
         .kind = AQ_OPT_TEXT,
         .arg = "OUT.html",
         .to = &a.explain,
         .help = "a page that shows what the answer rests on"},
        AQ_OPTION_MODEL(a.c),
        AQ_OPTION_STORE(a.c),
        {.name = "audio-weights",
         .kind = AQ_OPT_TEXT,
         .arg = "FILE",
         .to = &a.c.tools.weights[AQ_AUDIO],
         .help = "weights of the model's audio network, if not in the data folder"},
        {.name = "visual-weights",
         .kind = AQ_OPT_TEXT,
         .arg = "FILE",
         .to = &a.c.tools.weights[AQ_VISUAL],
         .help = "the same for the visual network"},
        AQ_OPTION_AUDIO_TRACK(a.c),
        AQ_OPTION_MAX_SECONDS(a.max_seconds, "seconds read of a new clip [60]"),
        AQ_OPTION_JOBS(a.c),
        AQ_OPTION_JSON(a.c),
        AQ_OPTION_QUIET(a.c),
        {0}};

    if (!aq_command_begin(self, table, argc, argv, &a.rest, &a.c, &status))
        return status;
    if (a.rest.n != 2) {
        status = aq_command_misuse(self, "it takes a clip and a question (in quotes)");
    } else if ((status = check_ask_out(self, &a)) == AQ_EXIT_DONE) {
        aq_command_numbers();
        AqErr err = aq_ask_prepare(&j);
        if (err == AQ_OK)
            err = answer_question(&j);
        status = j.misuse ? aq_command_misuse(self, "%s", aq_err_text())
                          : aq_command_status(err);
        aq_ask_close(&j);
    }
    aq_text_list_clear(&a.rest);
    return status;
}

const AqCommand aq_command_ask = {
    .name = "ask",
    .summary = "ask one question about one clip",
    .usage = "CLIP \"QUESTION\" [OPTIONS]",
    .about =
        "Prints the answer, the likeliest answers with their probabilities, and what "
        "the answer rests\non: what it would be without the sound or the picture, and "
        "the seconds that it loses most by when\nthey are hidden, in log-odds (-0.7 "
        "halves the odds, -2.3 makes them a tenth). It says what speaks\nagainst the "
        "answer, or that nothing should be claimed. A clip that is in no data set of "
        "the store is\nread first and kept apart. Where no model was named or trained, "
        "the one that comes with the program\nis asked.",
    .stop = AQ_STOP_SAVES,
    .run = run_ask};
