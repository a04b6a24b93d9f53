/* SPDX-License-Identifier: MIT */
/* Varied backdrops: each kind fills the picture, is another each time, and is the same
 * for the same seed. */
#include "examples/toyband/backdrop_varied.h"
#include "examples/toyband/scene/band.h"
#include "tests/unit/check.h"

#include <string.h>

enum { W = AQ_TOY_WIDTH, H = AQ_TOY_HEIGHT, BYTES = W * H * 4 };

/* On nothing: what is not drawn stays transparent. */
static cairo_surface_t *drawn(int outdoor, int kind, unsigned seed)
{
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, W, H);
    cairo_t *c = cairo_create(s);
    AqRng r = aq_rng(seed, 1);

    aq_toy_backdrop_varied(c, outdoor, kind, &r);
    assert_int_equal(cairo_status(c), CAIRO_STATUS_SUCCESS);
    cairo_destroy(c);
    cairo_surface_flush(s);
    assert_int_equal(cairo_image_surface_get_stride(s), 4 * W);
    return s;
}

static int holes(cairo_surface_t *s)
{
    int n = 0;

    for (int k = 3; k < BYTES; k += 4)
        n += cairo_image_surface_get_data(s)[k] != 255;
    return n;
}

static int same(cairo_surface_t *a, cairo_surface_t *b)
{
    return memcmp(cairo_image_surface_get_data(a), cairo_image_surface_get_data(b),
                  BYTES) == 0;
}

static void fill_and_differ(void **state)
{
    (void)state;
    for (int k = 0; k < 2 * AQ_TOY_BACKDROPS; k++)
        for (unsigned seed = 0; seed < 30; seed++) {
            const int outdoor = k / AQ_TOY_BACKDROPS, kind = k % AQ_TOY_BACKDROPS;
            cairo_surface_t *a = drawn(outdoor, kind, seed);
            cairo_surface_t *again = drawn(outdoor, kind, seed);
            cairo_surface_t *other = drawn(outdoor, kind, seed + 1);
            cairo_surface_t *next = drawn(outdoor, (kind + 1) % AQ_TOY_BACKDROPS, seed);

            assert_int_equal(holes(a), 0);
            assert_true(same(a, again));
            assert_false(same(a, other));
            assert_false(same(a, next));
            cairo_surface_destroy(a);
            cairo_surface_destroy(again);
            cairo_surface_destroy(other);
            cairo_surface_destroy(next);
        }
}

static void light_changes_it(void **state)
{
    cairo_surface_t *plain = drawn(0, 1, 3), *lit = drawn(0, 1, 3);
    cairo_t *c = cairo_create(lit);
    AqRng r = aq_rng(8, 1);

    (void)state;
    aq_toy_backdrop_light(c, &r);
    cairo_destroy(c);
    cairo_surface_flush(lit);
    assert_false(same(plain, lit));
    assert_int_equal(holes(lit), 0);
    cairo_surface_destroy(plain);
    cairo_surface_destroy(lit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fill_and_differ),
                                       cmocka_unit_test(light_changes_it)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
