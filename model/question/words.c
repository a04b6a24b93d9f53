/* SPDX-License-Identifier: MIT */
/* Stems are libstemmer's (Porter's second English algorithm). A stemmer must stay in
 * one thread, so each look-up of an unknown word creates its own: questions have few.
 */
#include "model/question/words.h"

#include "base/alloc.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>

typedef struct WordForm {
    char stem[AQ_WORD_BYTES];
    int at; /* in words */
} WordForm;

struct AqWordForms {
    const AqStrings *words;
    WordForm *forms; /* (words->n) by stem, then index */
};

static void stem_word(struct sb_stemmer *s, const char *word, char out[AQ_WORD_BYTES])
{
    const sb_symbol *text =
        sb_stemmer_stem(s, (const sb_symbol *)word, (int)strlen(word));
    const int n = text ? sb_stemmer_length(s) : -1;

    out[0] = 0;
    if (n >= 0 && n < AQ_WORD_BYTES) {
        memcpy(out, text, (size_t)n);
        out[n] = 0;
    }
}

static int by_stem(const void *a, const void *b)
{
    const WordForm *x = a, *y = b;
    const int order = strcmp(x->stem, y->stem);

    return order ? order : x->at - y->at;
}

AqErr aq_word_forms_new(AqWordForms **out, const AqStrings *words)
{
    struct sb_stemmer *s = sb_stemmer_new("english", NULL);
    AqWordForms *f = s ? aq_alloc(1, sizeof *f) : NULL;

    *out = NULL;
    if (f && (f->forms = aq_alloc(words->n ? words->n : 1, sizeof *f->forms))) {
        f->words = words;
        for (size_t k = 0; k < words->n; k++) {
            f->forms[k].at = (int)k;
            stem_word(s, words->at[k], f->forms[k].stem);
        }
        if (words->n > 0)
            qsort(f->forms, words->n, sizeof *f->forms, by_stem);
        *out = f;
    } else {
        aq_free(f);
    }
    sb_stemmer_delete(s);
    return *out ? AQ_OK : aq_fail(AQ_ERR_NOMEM, "no memory for the stems of words");
}

void aq_word_forms_free(AqWordForms **f)
{
    if (*f)
        aq_free((*f)->forms);
    aq_free(*f);
    *f = NULL;
}

const AqStrings *aq_word_forms_words(const AqWordForms *f)
{
    return f->words;
}

/* The first form with this stem; n of words if there is none. */
static size_t find_first_form(const AqWordForms *f, const char *text)
{
    size_t lo = 0, hi = f->words->n;

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;

        if (strcmp(f->forms[mid].stem, text) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static int find_by_stem(const AqWordForms *f, const char *word)
{
    struct sb_stemmer *s = sb_stemmer_new("english", NULL);
    char text[AQ_WORD_BYTES] = "";
    int best = -1, least = 0;

    if (s)
        stem_word(s, word, text);
    sb_stemmer_delete(s);
    for (size_t k = find_first_form(f, text);
         *text && k < f->words->n && strcmp(f->forms[k].stem, text) == 0; k++) {
        const int d = aq_word_distance(word, f->words->at[f->forms[k].at]);

        if (best < 0 || d < least) {
            best = f->forms[k].at;
            least = d;
        }
    }
    return best;
}

int aq_word_forms_find(const AqWordForms *f, const char *word)
{
    const int at = aq_strings_find(f->words, word);

    return at >= 0 ? at : find_by_stem(f, word);
}

int aq_word_forms_encode(const AqWordForms *f, const char *question, int *ids, int max)
{
    const char *s = question;
    AqWord w;
    const int n = aq_vocab_encode(f->words, question, ids, max);

    for (int k = 0; k < n && aq_tokenise_next(&s, &w); k++) {
        const int at = ids[k] == AQ_VOCAB_UNK ? aq_word_forms_find(f, w.text) : ids[k];

        if (ids[k] == AQ_VOCAB_UNK && at >= 0)
            ids[k] = at + AQ_VOCAB_FIRST;
    }
    return n;
}

/* ---- the nearest ---- */

/* Optimal string alignment, with three rows of the table at a time. */
int aq_word_distance(const char *a, const char *b)
{
    const int n = (int)strlen(a), m = (int)strlen(b);
    int rows[3][AQ_WORD_BYTES], *before = rows[0], *last = rows[1], *now = rows[2];

    if (n >= AQ_WORD_BYTES || m >= AQ_WORD_BYTES)
        return AQ_WORD_BYTES;
    for (int j = 0; j <= m; j++)
        last[j] = j;
    for (int i = 1; i <= n; i++) {
        int *const swap = before;

        now[0] = i;
        for (int j = 1; j <= m; j++) {
            int d = last[j - 1] + (a[i - 1] != b[j - 1]);

            d = last[j] + 1 < d ? last[j] + 1 : d;
            d = now[j - 1] + 1 < d ? now[j - 1] + 1 : d;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < d)
                d = before[j - 2] + 1;
            now[j] = d;
        }
        before = last;
        last = now;
        now = swap;
    }
    return last[m];
}

const char *aq_word_nearest(const AqStrings *words, const char *word)
{
    const int n = (int)strlen(word), third = n / 3, most = third > 3 ? 3 : third;
    const char *best = NULL;
    int least = most + 1;

    for (size_t k = 0; n > 3 && k < words->n; k++) {
        const char *known = words->at[k];
        const int d =
            aq_word_is_function(known) ? AQ_WORD_BYTES : aq_word_distance(word, known);

        /* among equals, the one with the same first letter, which is rarely mistyped */
        if (d < least || (d == least && best && *known == *word && *best != *word)) {
            best = known;
            least = d;
        }
    }
    return best;
}

/* ---- a question ---- */

static int is_noted(const AqWording *y, const char *word)
{
    for (int k = 0; k < y->n_unknown; k++)
        if (strcmp(y->unknown[k].word.text, word) == 0)
            return 1;
    return 0;
}

static void note_unknown_word(AqWording *y, const AqStrings *words, const AqWord *w)
{
    const int matters = !aq_word_is_function(w->text);

    if (y->n_unknown == AQ_MOST_UNKNOWN || is_noted(y, w->text))
        return;
    y->unknown[y->n_unknown++] =
        (AqWordUnknown){.word = *w,
                        .matters = matters,
                        .nearest = matters ? aq_word_nearest(words, w->text) : NULL};
    y->n_matter += matters;
}

AqWording aq_wording(const AqWordForms *f, const char *question)
{
    AqWording y = {.n_words = 0};
    AqWord w;

    while (aq_tokenise_next(&question, &w)) {
        const int known = aq_word_forms_find(f, w.text) >= 0;

        y.n_words++;
        y.n_known += known;
        y.n_content += known && !aq_word_is_function(w.text);
        if (!known)
            note_unknown_word(&y, f->words, &w);
    }
    return y;
}
