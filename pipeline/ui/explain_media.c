/* SPDX-License-Identifier: MIT */
#include "pipeline/ui/explain_media.h"

#include "base/alloc.h"
#include "extract/media/jpeg.h"
#include "pipeline/decoder/decoder.h"

#include <string.h>

typedef struct MediaRead {
    AqExplainMedia *m;
    const AqExplanation *e;
} MediaRead;

static int is_page_stopped(void *ctx)
{
    const AqExplanation *e = ((MediaRead *)ctx)->e;

    return e->stop && e->stop(e->stop_ctx);
}

static AqErr keep_glimpse(void *ctx, const AqGlimpse *g)
{
    AqExplainMedia *m = ((MediaRead *)ctx)->m;

    if (g->second >= m->n_seconds)
        return AQ_OK;
    if (g->modality == AQ_VISUAL)
        return aq_jpeg_base64(&g->thumb, &m->pictures[g->second]);
    memcpy(m->peaks[g->second], g->peaks, sizeof g->peaks);
    return AQ_OK;
}

AqErr aq_explain_media_read(AqExplainMedia *m, const AqExplanation *e, int n_seconds)
{
    MediaRead both = {m, e};
    const AqDecodePlan plan = {.max_seconds = e->max_seconds,
                               .audio_track = e->audio_track,
                               .cancelled = is_page_stopped,
                               .see = keep_glimpse,
                               .ctx = &both};
    AqDecoded d = {0};

    *m = (AqExplainMedia){.n_seconds = n_seconds};
    m->peaks = aq_alloc((size_t)n_seconds, sizeof *m->peaks);
    m->pictures = aq_alloc((size_t)n_seconds, sizeof *m->pictures);
    if (!m->peaks || !m->pictures)
        return AQ_ERR_NOMEM;
    const AqErr err = aq_decoder_one_clip(&d, e->clip, &plan);
    m->width = d.facts.width;
    m->height = d.facts.height;
    aq_decoded_clear(&d);
    return err;
}

void aq_explain_media_clear(AqExplainMedia *m)
{
    for (int k = 0; m->pictures && k < m->n_seconds; k++)
        aq_free(m->pictures[k]);
    aq_free(m->pictures);
    aq_free(m->peaks);
    *m = (AqExplainMedia){0};
}
