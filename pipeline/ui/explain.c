/* SPDX-License-Identifier: MIT */
#include "pipeline/ui/explain.h"

#include "base/alloc.h"
#include "pipeline/ui/explain_priv.h"

#include <string.h>

/* The remarks on the answer; they replace the answer if none is claimed. */
static void put_verdict(AqExplainWriter *w, const char *answer)
{
    const AqVerdict *v = w->e->verdict;

    aq_page_raw(&w->page, "<p class=\"answer\">");
    aq_page_text(&w->page, !v || aq_verdict_claims(v) ? answer : aq_verdict_instead(v));
    aq_page_raw(&w->page, "</p>\n");
    if (!v || v->n == 0)
        return;
    aq_page_raw(&w->page, "<ul class=\"warnings\">\n");
    for (int k = 0; k < v->n; k++) {
        aq_page_raw(&w->page, "<li>");
        aq_page_text(&w->page, v->remark[k].text);
        aq_page_raw(&w->page, "</li>\n");
    }
    aq_page_raw(&w->page, "</ul>\n");
}

static void put_head(AqExplainWriter *w)
{
    const AqPrediction *p = w->e->prediction;
    const char *answer = p->answer[p->order[0]];

    aq_page_raw(&w->page,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width\">\n"
                "<title>");
    aq_page_text(&w->page, w->e->question);
    aq_page_raw(&w->page, "</title>\n");
    aq_page_raw(&w->page, aq_explain_style);
    aq_explain_put_sheet(w);
    aq_page_raw(&w->page, "<main>\n<h1>");
    aq_page_text(&w->page, w->e->question);
    aq_page_raw(&w->page, "</h1>\n");
    put_verdict(w, answer);
}

static void put_answers(AqExplainWriter *w)
{
    const AqPrediction *p = w->e->prediction;
    const int n = w->e->top < p->n_answers ? w->e->top : p->n_answers;

    aq_page_raw(&w->page, "<div class=\"top\">\n");
    for (int k = 0; k < n; k++) {
        const double percent = 100 * (double)p->probability[p->order[k]];

        aq_page_raw(&w->page, "<span>");
        aq_page_text(&w->page, p->answer[p->order[k]]);
        aq_page_put(&w->page,
                    "</span><div class=\"bar\" style=\"width:%.2f%%\"></div>"
                    "<span class=\"n\">%.1f %%</span>\n",
                    percent, percent);
    }
    aq_page_raw(&w->page, "</div>\n");
}

/* "violin heard 0:03 to 0:07, seen right" */
static void put_sensed_lines(AqExplainWriter *w)
{
    const char *line = w->e->sensed;
    size_t n = 0;

    if (!line || !*line)
        return;
    aq_page_raw(&w->page, "<ul class=\"sensed\" aria-label=\"heard and seen\">\n");
    for (;; line += n + 1) {
        n = strcspn(line, "\n");
        aq_page_put(&w->page, "<li>%.*s</li>\n", (int)n, line);
        if (line[n] == '\0')
            break;
    }
    aq_page_raw(&w->page, "</ul>\n");
}

/* Who answered, about what. */
static void put_sources(AqExplainWriter *w)
{
    aq_page_raw(&w->page, "<p>Answered by <strong>");
    aq_page_text(&w->page, w->e->model_name ? w->e->model_name : "a model");
    aq_page_put(&w->page, "</strong> (the network %s) about ",
                w->e->model->net->network->name);
    aq_page_text(&w->page, w->e->name ? w->e->name : w->e->clip);
    aq_page_put(&w->page, ", %d s.</p>\n", w->n_seconds);
}

static void put_method(AqExplainWriter *w)
{
    aq_page_raw(
        &w->page,
        "<details><summary>How this was measured</summary>\n"
        "<p>Each second, of sound and of picture, was hidden in turn (made like the rest "
        "of the clip) and the question asked again. Bars show how much the answer lost, "
        "in log-odds: 0.7 halves its odds, 2.3 cuts them to a tenth. Pale bars below the "
        "line: the answer was surer without that second. Where two seconds hold the "
        "same evidence, hiding one of them costs little.</p>\n");
    if (w->e->occlusion->cell)
        aq_page_raw(
            &w->page,
            "<p>In pictures each cell of the network's grid was hidden in turn (made like "
            "the rest of its picture). Colour shows how much the answer lost; cells that "
            "it lost nothing by, or was surer without, have none.</p>\n");
    aq_page_raw(&w->page, "</details>\n");
}

static void put_page(AqExplainWriter *w)
{
    put_head(w);
    if (!w->e->verdict || !aq_verdict_cannot(w->e->verdict))
        put_answers(w);
    put_sensed_lines(w);
    put_sources(w);
    aq_page_put(&w->page, "<div%s>\n<div>\n",
                w->e->play == AQ_EXPLAIN_NONE ? "" : " class=\"lead\"");
    aq_explain_put_player(w);
    aq_page_raw(&w->page, "</div>\n<div>\n");
    aq_explain_put_strongest(w);
    aq_page_raw(&w->page, "</div>\n</div>\n");
    aq_explain_put_time(w);
    put_method(w);
    aq_explain_put_pictures(w);
    aq_explain_put_attention(w);
    aq_page_raw(&w->page, "</main>\n");
    aq_explain_put_script(w);
    aq_page_raw(&w->page, "</html>\n");
}

AqErr aq_explain(const AqExplanation *e, const char *out_path)
{
    AqExplainWriter w = {.e = e, .n_seconds = e->prediction->n_seconds};
    AqErr err = e->play == AQ_EXPLAIN_EMBED ? aq_explain_check_embed(e->clip) : AQ_OK;

    if (err == AQ_OK)
        err = aq_explain_media_read(&w.media, e, w.n_seconds);
    if (err == AQ_OK)
        err = aq_explain_find_clip(&w, out_path);
    if (err == AQ_OK) {
        aq_page_begin(&w.page, out_path);
        put_page(&w);
        err = aq_page_end(&w.page);
    }
    aq_explain_media_clear(&w.media);
    aq_free(w.address);
    return err;
}
