/* SPDX-License-Identifier: MIT */
/* The wordings that toyband asks in, and those of examples/default-model/wordings.tsv,
 * which a model must understand without having been trained on them. */
#include "examples/toyband/questions/wordings.h"
#include "tests/unit/check.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { EACH = 20, WORDS = 256, SLOTS = 8 };

typedef struct HeldOut {
    char template_[WORDS], wording[WORDS];
} HeldOut;

static HeldOut held[AQ_TOY_TEMPLATES * (EACH + 1)];
static int n_held;

static int read_held_out(void **state)
{
    FILE *f = fopen(TEST_DATA "/../../examples/default-model/wordings.tsv", "r");
    const int most = (int)(sizeof held / sizeof *held);

    (void)state;
    if (!f)
        return -1;
    while (n_held < most && fscanf(f, "%255[^\t\n]\t%255[^\t\n]\n",
                                   held[n_held].template_, held[n_held].wording) == 2)
        n_held++;
    const int whole = feof(f);
    (void)fclose(f);
    return whole ? 0 : -1;
}

/* Lower case, words and slots alone: what makes two wordings the same. The first of a
 * few is "first" too, where one template says it and another has a slot for it. */
static void normalise_wording(const char *text, char out[WORDS])
{
    static const char *const firsts[] = {"<th>", "<fl>", "first"};
    char all[WORDS];
    size_t n = 0;

    for (; *text && n + 1 < sizeof all; text++)
        if (isalpha((unsigned char)*text) || strchr("<>' ", *text))
            all[n++] = (char)tolower((unsigned char)*text);
    all[n] = 0;
    n = 0;
    for (const char *at = all; *at;) {
        size_t skip = 0;

        for (size_t k = 0; k < 3 && !skip; k++)
            skip = strncmp(at, firsts[k], strlen(firsts[k])) ? 0 : strlen(firsts[k]);
        out[n++] = skip ? '#' : *at;
        at += skip ? skip : 1;
    }
    out[n] = 0;
}

/* Adds `by` to the count of each slot: "<Objects>" is an "<Object>" in the plural,
 * "<LR>" of "<LRer>" is "left". Returns how many slots there are. */
static int count_slots(const char *text, int counts[SLOTS], int by)
{
    static const char *const names[SLOTS] = {"<Object>", "<Objects>", "<LR>", "<LRer>",
                                             "<FL>",     "<TH>",      "<BA>", "<LL>"};
    static const int same[SLOTS] = {0, 0, 2, 2, 4, 5, 6, 7};
    int n = 0;

    for (; (text = strchr(text, '<')); text++, n++)
        for (int k = 0; k < SLOTS; k++)
            if (strncmp(text, names[k], strlen(names[k])) == 0)
                counts[same[k]] += by;
    return n;
}

static int have_same_slots(const char *a, const char *b)
{
    int counts[SLOTS] = {0}, n = count_slots(a, counts, 1);

    if (n != count_slots(b, counts, -1))
        return 0;
    for (int k = 0; k < SLOTS; k++)
        if (counts[k] != 0)
            return 0;
    return 1;
}

static int count_others(const AqToyWording *w)
{
    int n = 0;

    while (n < AQ_TOY_OTHERS && w->others[n])
        n++;
    return n;
}

/* The other wordings of number k; the template is number 0. */
static const char *read_wording(const AqToyWording *w, int k)
{
    return k == 0 ? w->template_ : w->others[k - 1];
}

static void each_template_has_many_wordings_with_its_slots(void **state)
{
    (void)state;
    assert_true(aq_toy_n_wordings <= AQ_TOY_TEMPLATES);
    for (int k = 0; k < aq_toy_n_wordings; k++) {
        const AqToyWording *w = &aq_toy_wordings[k];

        if (count_others(w) < 11)
            fail_msg("%s: %d wordings", w->template_, count_others(w));
        for (int o = 0; o < count_others(w); o++)
            if (!have_same_slots(w->template_, w->others[o]))
                fail_msg("%s: other slots than %s", w->others[o], w->template_);
    }
}

static int asks_for_first(const AqToyWording *w)
{
    return w->form == aq_toy_which_th || w->form == aq_toy_which_first;
}

static void no_wording_is_of_two_templates(void **state)
{
    char a[WORDS], b[WORDS];

    (void)state;
    for (int k = 0; k < aq_toy_n_wordings; k++)
        for (int other = 0; other < k; other++) {
            const AqToyWording *v = &aq_toy_wordings[k], *w = &aq_toy_wordings[other];

            for (int i = 0; i <= count_others(v); i++)
                for (int j = 0; j <= count_others(w); j++) {
                    normalise_wording(read_wording(v, i), a);
                    normalise_wording(read_wording(w, j), b);
                    if (strcmp(a, b) == 0 && !(asks_for_first(v) && asks_for_first(w)))
                        fail_msg("\"%s\" is of two templates", read_wording(v, i));
                }
        }
}

static int is_trained_on(const char *wording)
{
    char want[WORDS], have[WORDS];

    normalise_wording(wording, want);
    for (int k = 0; k < aq_toy_n_wordings; k++)
        for (int o = 0; o <= count_others(&aq_toy_wordings[k]); o++) {
            normalise_wording(read_wording(&aq_toy_wordings[k], o), have);
            if (strcmp(want, have) == 0)
                return 1;
        }
    return 0;
}

static void held_out_wordings_are_new_and_fit_their_template(void **state)
{
    char a[WORDS], b[WORDS];

    (void)state;
    for (int k = 0; k < n_held; k++) {
        const HeldOut *h = &held[k];

        if (is_trained_on(h->wording))
            fail_msg("\"%s\" is trained on", h->wording);
        if (!have_same_slots(h->template_, h->wording))
            fail_msg("\"%s\": other slots than %s", h->wording, h->template_);
        normalise_wording(h->wording, a);
        for (int j = 0; j < k; j++) {
            normalise_wording(held[j].wording, b);
            if (strcmp(a, b) == 0)
                fail_msg("\"%s\" is there twice", h->wording);
        }
    }
}

static void twenty_are_held_out_of_each_template(void **state)
{
    (void)state;
    for (int k = 0; k < aq_toy_n_wordings; k++) {
        int n = 0;

        for (int h = 0; h < n_held; h++)
            n += strcmp(held[h].template_, aq_toy_wordings[k].template_) == 0;
        if (n != EACH)
            fail_msg("%s: %d wordings", aq_toy_wordings[k].template_, n);
    }
    assert_int_equal(n_held, EACH * aq_toy_n_wordings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_template_has_many_wordings_with_its_slots),
        cmocka_unit_test(no_wording_is_of_two_templates),
        cmocka_unit_test(held_out_wordings_are_new_and_fit_their_template),
        cmocka_unit_test(twenty_are_held_out_of_each_template),
    };
    return cmocka_run_group_tests(tests, read_held_out, NULL);
}
