/* SPDX-License-Identifier: MIT */
/* Drawings of instruments: each fills a fair part of its square and stays inside, no
 * two draws are alike, and the same seed gives the same picture. */
#include "examples/toyband/drawing.h"
#include "examples/toyband/own.h"
#include "tests/unit/check.h"

#include <string.h>

enum { SIDE = 192, GLYPH = AQ_TOY_GLYPH, DRAWS = 20 };

static void draw(cairo_surface_t *s, int kind, unsigned seed)
{
    cairo_t *c = cairo_create(s);
    AqRng r = aq_rng(seed, 3);

    cairo_set_operator(c, CAIRO_OPERATOR_CLEAR);
    cairo_paint(c);
    cairo_set_operator(c, CAIRO_OPERATOR_OVER);
    cairo_translate(c, SIDE / 2.0, SIDE / 2.0);
    aq_toy_draw_own(c, kind, &r);
    assert_int_equal(cairo_status(c), CAIRO_STATUS_SUCCESS);
    cairo_destroy(c);
    cairo_surface_flush(s);
}

/* Pixels that are not transparent, inside the glyph's square or outside of it. */
static int painted(cairo_surface_t *s, int inside)
{
    const int edge = (SIDE - GLYPH) / 2;
    int n = 0;

    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const unsigned char *p = cairo_image_surface_get_data(s) +
                                     y * cairo_image_surface_get_stride(s) + 4 * x;
            const int in = x >= edge && x < SIDE - edge && y >= edge && y < SIDE - edge;

            n += p[3] > 127 && in == inside;
        }
    return n;
}

static void every_instrument_is_drawn(void **state)
{
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, SIDE, SIDE),
                    *t = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, SIDE, SIDE);
    const size_t bytes = (size_t)SIDE * (size_t)cairo_image_surface_get_stride(s);

    (void)state;
    for (int kind = 0; kind < AQ_TOY_KINDS; kind++)
        for (unsigned seed = 0; seed < DRAWS; seed++) {
            draw(s, kind, seed);
            const int in = painted(s, 1), out = painted(s, 0);
            assert_true(in > GLYPH * GLYPH / 50 && in < GLYPH * GLYPH * 9 / 10);
            assert_true(out * 12 < in); /* a neck or a bell may reach over */
            draw(t, kind, seed);
            assert_memory_equal(cairo_image_surface_get_data(s),
                                cairo_image_surface_get_data(t), bytes);
            draw(t, kind, seed + 1);
            assert_true(memcmp(cairo_image_surface_get_data(s),
                               cairo_image_surface_get_data(t), bytes) != 0);
        }
    cairo_surface_destroy(s);
    cairo_surface_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_instrument_is_drawn)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
