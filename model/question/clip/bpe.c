/* SPDX-License-Identifier: MIT */
/* Two hash tables: of tokens by their text, while a vocabulary is read; of pairs, to
 * encode. Words are short, so merging looks through a word again for each merge. */
#include "model/question/clip/bpe_priv.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/question/clip/clean.h"

#include <stdint.h>
#include <string.h>

#define WORD_END "</w>"
enum { MOST_PIECE = 2048 /* bytes merged at once; longer runs are cut */ };

typedef struct BpePair {
    int left, right, made; /* tokens; made 0: the place is free */
} BpePair;

struct AqBpe {
    BpePair *pairs; /* (mask + 1) */
    size_t mask;
    int n_merges;
    int of_byte[AQ_BPE_BYTES]; /* a byte's token; at a word's end AQ_BPE_BYTES more */
    char *text;                /* header and merges */
    size_t text_bytes;
    char sha256[AQ_SHA256_HEX];
};

/* ---- tokens by their text ---- */

typedef struct TokenName {
    const char *at; /* borrowed from the pool */
    size_t n;
} TokenName;

typedef struct TokenTable {
    char *pool; /* all names, one behind another */
    size_t used;
    TokenName *names; /* of each token */
    int n;
    int *places; /* (mask + 1) a token + 1; 0: free */
    size_t mask;
} TokenTable;

static size_t hash_name(const char *text, size_t n)
{
    uint64_t h = 14695981039346656037u;

    for (size_t k = 0; k < n; k++)
        h = (h ^ (unsigned char)text[k]) * 1099511628211u;
    return (size_t)(h ^ h >> 32);
}

/* Where a name is or would be. */
static int *place_of_name(const TokenTable *t, const char *text, size_t n)
{
    size_t at = hash_name(text, n) & t->mask;

    while (t->places[at]) {
        const TokenName *have = &t->names[t->places[at] - 1];

        if (have->n == n && memcmp(have->at, text, n) == 0)
            break;
        at = (at + 1) & t->mask;
    }
    return &t->places[at];
}

/* Adds the token whose name, of n bytes, is written behind the others in the pool.
 * Gives -1, or the token that has that name. */
static int keep_token(TokenTable *t, size_t n)
{
    const char *name = t->pool + t->used;
    int *place = place_of_name(t, name, n);

    if (*place)
        return *place - 1;
    t->used += n;
    t->names[t->n] = (TokenName){name, n};
    *place = ++t->n;
    return -1;
}

/* The same, of the name that a and b are together. */
static int add_token(TokenTable *t, const char *a, size_t n_a, const char *b,
                     size_t n_b)
{
    char *name = t->pool + t->used;

    memcpy(name, a, n_a);
    memcpy(name + n_a, b, n_b);
    return keep_token(t, n_a + n_b);
}

static int is_printable(int byte)
{
    return (byte > 32 && byte < 127) || (byte > 160 && byte != 173);
}

/* The character of that code, below U+0800, in UTF-8. (Printed into two bytes of its
 * own and copied from there, GCC 12's -O3 leaves the second byte out of hash_name().)
 */
static size_t print_code(int code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    out[0] = (char)(0xC0 | code >> 6);
    out[1] = (char)(0x80 | (code & 0x3F));
    return 2;
}

/* The first tokens: bytes that are printable characters of Latin-1, as these; then the
 * others, as those from U+0100 on; then all at the end of a word. */
static void add_bytes(TokenTable *t, AqBpe *b)
{
    for (int others = 0, code = 256; others < 2; others++)
        for (int byte = 0; byte < AQ_BPE_BYTES; byte++) {
            if (is_printable(byte) == others)
                continue;
            b->of_byte[byte] = t->n;
            (void)keep_token(t, print_code(others ? code++ : byte, t->pool + t->used));
        }
    for (int k = 0; k < AQ_BPE_BYTES; k++)
        (void)add_token(t, t->names[k].at, t->names[k].n, WORD_END,
                        sizeof WORD_END - 1);
}

static void close_tokens(TokenTable *t)
{
    aq_free(t->pool);
    aq_free(t->names);
    aq_free(t->places);
    *t = (TokenTable){0};
}

/* Room for `most` tokens in a table of a power of two, half of it free. */
static size_t mask_for(size_t most)
{
    size_t size = 1024;

    while (size < 2 * most)
        size *= 2;
    return size - 1;
}

static AqErr open_tokens(TokenTable *t, size_t text_bytes, size_t most)
{
    *t = (TokenTable){.mask = mask_for(most)};
    t->pool = aq_alloc(text_bytes + (size_t)16 * AQ_BPE_BYTES, 1);
    t->names = aq_alloc(most, sizeof *t->names);
    t->places = aq_alloc(t->mask + 1, sizeof *t->places);
    return t->pool && t->names && t->places ? AQ_OK : AQ_ERR_NOMEM;
}

/* ---- merges ---- */

static BpePair *place_of_pair(const AqBpe *b, int left, int right)
{
    uint64_t h = ((uint64_t)(unsigned)left << 32 | (unsigned)right) *
                 UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(h >> 32) & b->mask;

    while (b->pairs[at].made &&
           (b->pairs[at].left != left || b->pairs[at].right != right))
        at = (at + 1) & b->mask;
    return &b->pairs[at];
}

/* The token that has the name; AQ_ERR_FORMAT if none before this line makes it. */
static AqErr find_token(const TokenTable *t, const char *text, size_t n,
                        const char *name, int line, int *out)
{
    *out = n ? *place_of_name(t, text, n) - 1 : -1;
    if (*out >= 0)
        return AQ_OK;
    return aq_fail(AQ_ERR_FORMAT,
                   "%s: merge %d takes \"%.*s\", which no merge before it makes: the "
                   "file is damaged, or is no vocabulary of CLIP's kind",
                   name, line, (int)(n < 40 ? n : 40), text);
}

/* "first second" of n bytes. */
static AqErr add_merge(AqBpe *b, TokenTable *t, const char *line, size_t n,
                       const char *name)
{
    const char *blank = memchr(line, ' ', n);
    const int number = b->n_merges + 1;
    int left, right;

    if (!blank || memchr(blank + 1, ' ', n - (size_t)(blank + 1 - line)))
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: merge %d, \"%.*s\", is not two tokens with a blank between",
                       name, number, (int)(n < 40 ? n : 40), line);
    const size_t n_left = (size_t)(blank - line), n_right = n - n_left - 1;
    AqErr err = find_token(t, line, n_left, name, number, &left);
    if (err == AQ_OK)
        err = find_token(t, blank + 1, n_right, name, number, &right);
    if (err != AQ_OK)
        return err;
    const int made = t->n, same = add_token(t, line, n_left, blank + 1, n_right);
    if (same >= 0)
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: merge %d makes \"%.*s%.*s\" again: the file is damaged",
                       name, number, (int)(n_left < 40 ? n_left : 40), line,
                       (int)(n_right < 40 ? n_right : 40), blank + 1);
    *place_of_pair(b, left, right) = (BpePair){left, right, made};
    b->n_merges++;
    return AQ_OK;
}

static AqErr add_merges(AqBpe *b, TokenTable *t, const char *text, const char *name)
{
    AqErr err = AQ_OK;

    while (err == AQ_OK && *text) {
        const size_t n = strcspn(text, "\n");

        err = add_merge(b, t, text, n, name);
        text += n + (text[n] != 0);
    }
    if (err == AQ_OK && b->n_merges == 0)
        err = aq_fail(AQ_ERR_FORMAT, "%s: has no merges", name);
    return err;
}

static AqErr build_bpe(AqBpe *b, const char *name)
{
    const char *merges = b->text + sizeof AQ_BPE_HEADER - 1;
    size_t n_lines = 0;
    TokenTable t;

    for (const char *at = merges; (at = strchr(at, '\n')); at++)
        n_lines++;
    const size_t most = n_lines + 1 + (size_t)2 * AQ_BPE_BYTES;
    b->mask = mask_for(n_lines + 1);
    b->pairs = aq_alloc(b->mask + 1, sizeof *b->pairs);
    AqErr err = open_tokens(&t, b->text_bytes, most);
    if (err == AQ_OK && !b->pairs)
        err = AQ_ERR_NOMEM;
    if (err == AQ_OK) {
        add_bytes(&t, b);
        err = add_merges(b, &t, merges, name);
    }
    close_tokens(&t);
    return err == AQ_OK ? aq_sha256_buffer(b->text, b->text_bytes, b->sha256) : err;
}

AqErr aq_bpe_read(AqBpe **out, const void *data, size_t bytes, const char *name)
{
    char *merges = NULL;
    size_t n = 0;

    *out = NULL;
    AqErr err = aq_bpe_merges_text(&merges, &n, data, bytes, name);
    AqBpe *b = err == AQ_OK ? aq_alloc(1, sizeof *b) : NULL;
    if (err == AQ_OK && (!b || !(b->text = aq_strf("%s%s", AQ_BPE_HEADER, merges))))
        err = AQ_ERR_NOMEM;
    aq_free(merges);
    if (err == AQ_OK) {
        b->text_bytes = strlen(b->text);
        err = build_bpe(b, name);
    }
    if (err != AQ_OK)
        aq_bpe_free(&b);
    *out = b;
    return err;
}

AqErr aq_bpe_open(AqBpe **out, const char *path)
{
    char *data = NULL;
    size_t n = 0;
    AqErr err = aq_fs_read(path, AQ_BPE_MOST_BYTES, &data, &n);

    *out = NULL;
    if (err == AQ_OK)
        err = aq_bpe_read(out, data, n, path);
    aq_free(data);
    return err;
}

void aq_bpe_free(AqBpe **b)
{
    if (!*b)
        return;
    aq_free((*b)->pairs);
    aq_free((*b)->text);
    aq_free(*b);
    *b = NULL;
}

int aq_bpe_size(const AqBpe *b)
{
    return 2 * AQ_BPE_BYTES + b->n_merges + 2;
}

int aq_bpe_start(const AqBpe *b)
{
    return aq_bpe_size(b) - 2;
}

int aq_bpe_end(const AqBpe *b)
{
    return aq_bpe_size(b) - 1;
}

const char *aq_bpe_merges(const AqBpe *b, size_t *bytes)
{
    *bytes = b->text_bytes;
    return b->text;
}

const char *aq_bpe_sha256(const AqBpe *b)
{
    return b->sha256;
}

/* ---- encoding ---- */

/* The pair of the lowest rank among the neighbours, or NULL. */
static const BpePair *best_pair(const AqBpe *b, const int *ids, int n)
{
    const BpePair *best = NULL;

    for (int k = 0; k + 1 < n; k++) {
        const BpePair *p = place_of_pair(b, ids[k], ids[k + 1]);

        if (p->made && (!best || p->made < best->made))
            best = p;
    }
    return best;
}

/* Merges the n tokens of a word in place; returns how many are left. */
static int merge_word(const AqBpe *b, int *ids, int n)
{
    const BpePair *p;

    while (n > 1 && (p = best_pair(b, ids, n))) {
        int left = 0;

        for (int k = 0; k < n; k++) {
            const int both = k + 1 < n && ids[k] == p->left && ids[k + 1] == p->right;

            ids[left++] = both ? p->made : ids[k];
            k += both;
        }
        n = left;
    }
    return n;
}

/* The bytes of a word as tokens, merged. */
static int encode_word(const AqBpe *b, const char *word, size_t bytes, int *ids)
{
    const int n = (int)bytes;

    for (int k = 0; k < n; k++)
        ids[k] = b->of_byte[(unsigned char)word[k]];
    ids[n - 1] += AQ_BPE_BYTES;
    return merge_word(b, ids, n);
}

AqErr aq_bpe_encode(const AqBpe *b, const char *text, int *ids, int most, int *n)
{
    char *clean = aq_clean_text(text);
    int *word = aq_alloc(MOST_PIECE, sizeof *word);
    const char *at = clean, *piece;
    size_t bytes;
    AqErr err = clean && word ? AQ_OK : AQ_ERR_NOMEM;

    *n = 0;
    while (err == AQ_OK && *n < most && aq_clean_next(&at, &piece, &bytes))
        while (bytes > 0 && *n < most) {
            const size_t now = bytes < MOST_PIECE ? bytes : MOST_PIECE;
            const int made = encode_word(b, piece, now, word);
            const int taken = made < most - *n ? made : most - *n;

            memcpy(ids + *n, word, (size_t)taken * sizeof *ids);
            *n += taken;
            piece += now;
            bytes -= now;
        }
    aq_free(word);
    aq_free(clean);
    return err;
}
