/* SPDX-License-Identifier: MIT */
#include "pipeline/ui/explain.h"

#include "pipeline/ui/explain_priv.h"

static const char style[] =
    "<style>\n"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:1080px;margin:2em "
    "auto;padding:0 "
    "1em;color:#1b1b1b;background:#fff}\n"
    "h1{font-size:1.3em;margin:0}.answer{font-size:2.2em;font-weight:700;margin:0}\n"
    ".warnings{margin:.4em 0;padding:.5em 1em .5em 2em;border-left:4px solid "
    "#D55E00;background:rgba(213,94,0,.08)}\n"
    "h2{font-size:1.05em;margin:2em 0 .4em}p{margin:.3em 0;color:#444}\n"
    ".top{display:grid;grid-template-columns:max-content 1fr 4em;gap:.25em "
    ".8em;align-items:center;max-width:560px}\n"
    ".bar{background:#0072B2;height:.8em;border-radius:2px;min-width:1px}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums}\n"
    ".rests strong{color:#1b1b1b}.label{font-size:.85em;margin:.7em 0 .1em}\n"
    "svg.band{width:100%;display:block}.axis{display:flex;font-size:.75em;color:#444}\n"
    ".axis span{text-align:left;white-space:nowrap;overflow:hidden;min-width:0;"
    "flex-basis:0!important}\n"
    ".looks{display:flex}.looks svg{flex:1;min-width:0;border:1px solid #8884}\n"
    ".whole{max-width:480px;margin:.6em 0}\n"
    ".frames{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));"
    "gap:14px}\n"
    "figure{margin:0}.see{position:relative;border-radius:4px;overflow:hidden}\n"
    ".see img{display:block;width:100%}.see svg{position:absolute;filter:blur(5px)}\n"
    "figcaption{font-size:.85em;color:#444;font-variant-numeric:tabular-nums}\n"
    "@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}"
    "p,figcaption,.axis{color:#bbb}.rests strong{color:#eee}}\n"
    "</style>\n";

/* The remarks on the answer; they replace the answer if none is claimed. */
static void put_verdict(AqExplainWriter *w, const char *answer)
{
    const AqVerdict *v = w->e->verdict;

    aq_page_raw(&w->page, "<p class=\"answer\">");
    aq_page_text(&w->page, !v || aq_verdict_claims(v) ? answer : "not sure");
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
    aq_page_raw(&w->page, style);
    aq_page_raw(&w->page, "<h1>");
    aq_page_text(&w->page, w->e->question);
    aq_page_raw(&w->page, "</h1>\n");
    put_verdict(w, answer);
    aq_page_raw(&w->page, "<p>");
    aq_page_text(&w->page, w->e->clip);
    aq_page_put(&w->page, ", %d s</p>\n", w->n_seconds);
}

static void put_answers(AqExplainWriter *w)
{
    const AqPrediction *p = w->e->prediction;
    const int n = w->e->top < p->n_answers ? w->e->top : p->n_answers;

    aq_page_raw(&w->page, "<h2>Likeliest answers</h2>\n<div class=\"top\">\n");
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

AqErr aq_explain(const AqExplanation *e, const char *out_path)
{
    AqExplainWriter w = {.e = e, .n_seconds = e->prediction->n_seconds};
    AqErr err = aq_explain_media_read(&w.media, e->clip, w.n_seconds, e->max_seconds,
                                      e->audio_track);

    if (err == AQ_OK) {
        aq_page_begin(&w.page, out_path);
        put_head(&w);
        put_answers(&w);
        aq_explain_put_time(&w);
        aq_explain_put_pictures(&w);
        aq_explain_put_attention(&w);
        aq_page_raw(&w.page, "</html>\n");
        err = aq_page_end(&w.page);
    }
    aq_explain_media_clear(&w.media);
    return err;
}
