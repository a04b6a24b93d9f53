/* SPDX-License-Identifier: MIT */
/* Arrays that grow, and a hash table of the texts that are in them. */
#include "model/question/clip/text_bank.h"

#include "base/alloc.h"

#include <stdint.h>
#include <string.h>

typedef struct BankText {
    char *text;
    int first, n; /* rows */
} BankText;

struct AqTextBank {
    const AqClipText *tower;
    AqNn *nn;
    int *ids;            /* (context) */
    unsigned char *kept; /* (tokens) */
    float *states, *pooled;
    int *tokens, *ends;
    size_t room; /* rows */
    BankText *texts;
    size_t n_texts, room_texts;
    size_t *places; /* (mask + 1) a text + 1; 0: free */
    size_t mask;
    AqTextRows rows;
};

enum { FIRST_ROOM = 512, LEAST_PLACES = 1024 };

/* Every array moves to one of `now` entries. */
static AqErr grow_bank_array(void **p, size_t now, size_t size)
{
    void *more = aq_realloc(*p, now, size);

    *p = more ? more : *p;
    return more ? AQ_OK : AQ_ERR_NOMEM;
}

static AqErr reserve_bank_rows(AqTextBank *b, size_t n)
{
    const size_t W = (size_t)b->rows.shape.width;
    size_t room = b->room ? b->room : FIRST_ROOM;

    if (n <= b->room)
        return AQ_OK;
    while (room < n)
        room *= 2;
    AqErr err = grow_bank_array((void **)&b->states, room, W * sizeof *b->states);
    if (err == AQ_OK)
        err = grow_bank_array((void **)&b->tokens, room, sizeof *b->tokens);
    if (err == AQ_OK)
        err = grow_bank_array((void **)&b->ends, room, sizeof *b->ends);
    if (err == AQ_OK)
        b->room = room;
    b->rows.states = b->states;
    b->rows.tokens = b->tokens;
    b->rows.ends = b->ends;
    return err;
}

static size_t hash_question(const char *text)
{
    uint64_t h = 14695981039346656037u;

    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211u;
    return (size_t)(h ^ h >> 29);
}

static size_t *place_of_text(const AqTextBank *b, const char *text)
{
    size_t at = hash_question(text) & b->mask;

    while (b->places[at] && strcmp(b->texts[b->places[at] - 1].text, text) != 0)
        at = (at + 1) & b->mask;
    return &b->places[at];
}

/* Room for one text more, in a table that is at most half full. */
static AqErr reserve_bank_text(AqTextBank *b)
{
    const size_t room = b->room_texts ? 2 * b->room_texts : LEAST_PLACES / 2;

    if (b->n_texts < b->room_texts)
        return AQ_OK;
    size_t *places = aq_alloc(2 * room, sizeof *places);
    AqErr err = places ? AQ_OK : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = grow_bank_array((void **)&b->texts, room, sizeof *b->texts);
    if (err == AQ_OK)
        err = grow_bank_array((void **)&b->pooled, room * (size_t)b->rows.shape.pooled,
                              sizeof *b->pooled);
    if (err != AQ_OK) {
        aq_free(places);
        return err;
    }
    aq_free(b->places);
    b->places = places;
    b->mask = 2 * room - 1;
    b->room_texts = room;
    b->rows.pooled = b->pooled;
    for (size_t k = 0; k < b->n_texts; k++)
        *place_of_text(b, b->texts[k].text) = k + 1;
    return AQ_OK;
}

AqErr aq_text_bank_new(AqTextBank **out, const AqClipText *tower)
{
    const AqClipTextGeometry *g = aq_clip_text_facts(tower);
    AqTextBank *b = *out = aq_alloc(1, sizeof *b);

    if (!b)
        return AQ_ERR_NOMEM;
    b->tower = tower;
    b->rows = (AqTextRows){.shape = {g->width, aq_clip_text_pooled(tower)},
                           .n = AQ_TEXT_FIRST,
                           .embedding = aq_clip_text_embedding(tower)->data};
    b->ids = aq_alloc((size_t)g->context, sizeof *b->ids);
    b->kept = aq_alloc((size_t)g->tokens, 1);
    AqErr err = b->ids && b->kept ? aq_nn_new(&b->nn, NULL) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = reserve_bank_rows(b, AQ_TEXT_FIRST);
    if (err == AQ_OK)
        err = reserve_bank_text(b);
    if (err != AQ_OK) {
        aq_text_bank_free(out);
        return err;
    }
    for (int k = 0; k < AQ_TEXT_FIRST; k++)
        b->tokens[k] = b->ends[k] = -1; /* their states are zero */
    return AQ_OK;
}

void aq_text_bank_free(AqTextBank **bp)
{
    AqTextBank *b = *bp;

    if (!b)
        return;
    for (size_t k = 0; k < b->n_texts; k++)
        aq_free(b->texts[k].text);
    aq_nn_free(&b->nn);
    aq_free(b->ids);
    aq_free(b->kept);
    aq_free(b->states);
    aq_free(b->pooled);
    aq_free(b->tokens);
    aq_free(b->ends);
    aq_free(b->texts);
    aq_free(b->places);
    aq_free(b);
    *bp = NULL;
}

const AqClipText *aq_text_bank_tower(const AqTextBank *b)
{
    return b->tower;
}

const AqTextRows *aq_text_bank_rows(const AqTextBank *b)
{
    return &b->rows;
}

/* ---- texts ---- */

static void copy_values(float *to, const AqReal *from, size_t n)
{
    for (size_t k = 0; k < n; k++)
        to[k] = (float)from[k];
}

/* The rows of the n tokens in b->ids, but for the start's, as those of text t. */
static AqErr add_bank_rows(AqTextBank *b, int n, BankText *t)
{
    const size_t W = (size_t)b->rows.shape.width, E = (size_t)b->rows.shape.pooled;
    const size_t first = (size_t)b->rows.n, more = (size_t)n - 1;
    AqErr err = reserve_bank_rows(b, first + more);

    if (err != AQ_OK)
        return err;
    aq_nn_begin(b->nn, AQ_NN_INFER);
    AqTensor *x = aq_clip_text_rows(b->nn, b->tower, b->ids, n);
    AqTensor *all = aq_clip_text_pool(b->nn, b->tower, aq_slice(b->nn, x, 0, n - 1, 1));
    if ((err = aq_nn_error(b->nn)) != AQ_OK)
        return err;
    copy_values(b->states + first * W, x->data + W, more * W);
    copy_values(b->pooled + b->n_texts * E, all->data, E);
    for (size_t k = 0; k < more; k++) {
        b->tokens[first + k] = b->ids[k + 1];
        b->ends[first + k] = -1;
    }
    b->ends[first + more - 1] = (int)b->n_texts;
    b->rows.n += (int)more;
    t->first = (int)first;
    t->n = (int)more;
    return AQ_OK;
}

static AqErr add_bank_text(AqTextBank *b, const char *text)
{
    BankText t = {.text = aq_strdup(text)};
    int n = 0;
    AqErr err = t.text ? reserve_bank_text(b) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = aq_clip_text_tokens(b->tower, text, b->ids, &n);
    if (err == AQ_OK)
        err = add_bank_rows(b, n, &t);
    if (err != AQ_OK) {
        aq_free(t.text);
        return err;
    }
    b->texts[b->n_texts++] = t;
    *place_of_text(b, text) = b->n_texts;
    return AQ_OK;
}

AqErr aq_text_bank_ids(AqTextBank *b, const char *text, int *ids, int max, int *n)
{
    AqErr err = AQ_OK;

    *n = 0;
    if (!*place_of_text(b, text))
        err = add_bank_text(b, text);
    if (err != AQ_OK)
        return err;
    const BankText *t = &b->texts[*place_of_text(b, text) - 1];
    *n = t->n < max ? t->n : max;
    for (int k = 0; k < max; k++)
        ids[k] = k < *n ? t->first + k : AQ_TEXT_PAD;
    if (*n > 0)
        ids[*n - 1] = t->first + t->n - 1;
    return AQ_OK;
}

/* ---- names ---- */

AqErr aq_text_bank_mean(AqTextBank *b, const char *text, float *out)
{
    const int W = b->rows.shape.width;
    int n = 0;
    const AqErr err = aq_clip_text_tokens(b->tower, text, b->ids, &n);

    memset(out, 0, (size_t)W * sizeof *out);
    for (int t = 1; err == AQ_OK && t < n - 1; t++) {
        const AqReal *row = b->rows.embedding + (size_t)b->ids[t] * (size_t)W;

        for (int k = 0; k < W; k++)
            out[k] += (float)row[k] / (float)(n - 2);
    }
    return err;
}

AqErr aq_text_bank_keep(AqTextBank *b, const char *text)
{
    int n = 0;
    const AqErr err = aq_clip_text_tokens(b->tower, text, b->ids, &n);

    for (int t = 1; err == AQ_OK && t < n; t++) /* the end too */
        b->kept[b->ids[t]] = 1;
    return err;
}

int aq_text_bank_keeps(const AqTextBank *b, int id)
{
    return b->ends[id] >= 0 || (b->tokens[id] >= 0 && b->kept[b->tokens[id]]);
}
