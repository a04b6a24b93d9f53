/* SPDX-License-Identifier: MIT */
/* What both sides of a decoder need of a clip that is decoded. */
#include "pipeline/decoder/decode.h"

#include "base/alloc.h"

AqErr aq_decode_sampling(const AqInput *in, char **text)
{
    char rows[AQ_ROWS_TEXT], *media = NULL, *recipe = NULL;
    const AqErr err = aq_media_recipe(in->def->modality, in->plan, &media);

    *text = NULL;
    if (err == AQ_OK)
        recipe = in->def->recipe(in);
    if (recipe && aq_rows_are_same(in->plan, AQ_ROWS_SECONDS))
        *text = aq_strf("%s; %s", media, recipe);
    else if (recipe)
        *text = aq_strf("%s; %s" AQ_ROWS_MARK "%s", media, recipe,
                        aq_rows_text(in->plan, rows));
    aq_free(media);
    aq_free(recipe);
    return err != AQ_OK || *text ? err : AQ_ERR_NOMEM;
}

/* ---- chunks ---- */

void aq_chunk_free(AqChunk **cp)
{
    AqChunk *c = *cp;

    if (!c)
        return;
    aq_free(c->row);
    aq_free(c->span);
    aq_free(c->in);
    aq_free(c->out);
    aq_free(c);
    *cp = NULL;
}

AqErr aq_chunk_new(AqChunk **out, const AqDecodePlan *plan, int input)
{
    const AqDecodeInput *i = &plan->inputs[input];
    AqChunk *c = aq_alloc(1, sizeof *c);

    *out = NULL;
    if (!c)
        return AQ_ERR_NOMEM;
    c->input = input;
    c->modality = i->input.def->modality;
    c->room = i->chunk_rows;
    c->in_each = aq_input_values(&i->input);
    c->row = aq_alloc((size_t)c->room, sizeof *c->row);
    c->span = aq_alloc((size_t)c->room, sizeof *c->span);
    c->in = aq_alloc((size_t)c->room * c->in_each, sizeof *c->in);
    if (!c->row || !c->span || !c->in) {
        aq_chunk_free(&c);
        return AQ_ERR_NOMEM;
    }
    *out = c;
    return AQ_OK;
}

void aq_decoded_clear(AqDecoded *d)
{
    char *notes = (char *)(uintptr_t)d->facts.notes;

    aq_free(notes);
    aq_free(d->tracks);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        aq_free(d->presence[m]);
    *d = (AqDecoded){0};
}
