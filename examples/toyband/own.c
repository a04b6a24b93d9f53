/* SPDX-License-Identifier: MIT */
/*
 * A guitar is recognised by its shape, not by one font's colours: here every length,
 * angle and colour is drawn from a range, with or without outlines, so that only the
 * shape is left to learn.
 */
#include "examples/toyband/own.h"

#include <math.h>

#define PI 3.14159265358979323846

typedef struct Colour {
    double red, green, blue;
} Colour;

typedef struct Pen {
    cairo_t *c;
    AqRng *r;
    double line; /* width of outlines, 0: none */
} Pen;

static const Colour black = {0.1, 0.09, 0.1}, white = {0.96, 0.95, 0.92};

static double between(Pen *p, double low, double high)
{
    return aq_rng_range(p->r, low, high);
}

static int chance(Pen *p, double share)
{
    return aq_rng_uniform(p->r) < share;
}

/* ---- colours ---- */

static Colour wood(Pen *p)
{
    const double light = between(p, 0.3, 0.95), warm = between(p, 0.4, 0.75);

    return (Colour){light, light * warm, light * warm * between(p, 0.2, 0.7)};
}

static Colour metal(Pen *p)
{
    const double light = between(p, 0.6, 0.95), gold = chance(p, 0.6) ? 1 : 0;

    return (Colour){light, light * (1 - 0.2 * gold),
                    light * (1 - gold * between(p, 0.45, 0.8))};
}

static Colour paint(Pen *p)
{
    return (Colour){between(p, 0.05, 0.95), between(p, 0.05, 0.95),
                    between(p, 0.05, 0.95)};
}

static Colour wood_or_paint(Pen *p)
{
    return chance(p, 0.65) ? wood(p) : paint(p);
}

static Colour shade(Colour k, double by)
{
    return (Colour){fmin(1, k.red * by), fmin(1, k.green * by), fmin(1, k.blue * by)};
}

/* ---- strokes and fills ---- */

static void ink(Pen *p, Colour k)
{
    cairo_set_source_rgb(p->c, k.red, k.green, k.blue);
}

/* Fills the path, and outlines it if the pen has an outline. */
static void fill(Pen *p, Colour k)
{
    ink(p, k);
    cairo_fill_preserve(p->c);
    if (p->line > 0) {
        ink(p, black);
        cairo_set_line_width(p->c, p->line);
        cairo_stroke_preserve(p->c);
    }
    cairo_new_path(p->c);
}

static void box(Pen *p, Colour k, double x, double y, double w, double h)
{
    cairo_rectangle(p->c, x, y, w, h);
    fill(p, k);
}

static void oval(Pen *p, Colour k, double x, double y, double rx, double ry)
{
    cairo_save(p->c);
    cairo_translate(p->c, x, y);
    cairo_scale(p->c, rx, ry);
    cairo_new_sub_path(p->c);
    cairo_arc(p->c, 0, 0, 1, 0, 2 * PI);
    cairo_restore(p->c);
    fill(p, k);
}

/* Strokes the path with a round pen, darker at the edge. */
static void tube(Pen *p, Colour k, double width)
{
    cairo_set_line_cap(p->c, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(p->c, CAIRO_LINE_JOIN_ROUND);
    ink(p, p->line > 0 ? black : shade(k, 0.6));
    cairo_set_line_width(p->c, width);
    cairo_stroke_preserve(p->c);
    ink(p, k);
    cairo_set_line_width(p->c, width * 0.72);
    cairo_stroke_preserve(p->c);
    ink(p, shade(k, 1.35));
    cairo_set_line_width(p->c, width * 0.2);
    cairo_stroke(p->c);
}

static void keyboard(Pen *p, double x, double y, double w, double h)
{
    const int n = 7 + (int)aq_rng_below(p->r, 6);

    box(p, white, x, y, w, h);
    for (int k = 1; k < n; k++) {
        if (k % 7 != 3 && k % 7 != 0)
            box(p, black, x + (k - 0.3) * w / n, y, 0.6 * w / n, 0.6 * h);
        box(p, black, x + k * w / n, y, 0.5, h);
    }
}

/* ---- with strings: upright, head on top ---- */

static void neck(Pen *p, Colour k, double width, double top, double bottom)
{
    const int frets = 5 + (int)aq_rng_below(p->r, 6);

    box(p, k, -width / 2, top, width, bottom - top);
    for (int j = 1; j < frets; j++)
        box(p, shade(k, 1.8), -width / 2, top + j * (bottom - top) / frets, width, 0.6);
}

static void strings(Pen *p, double width, double top, double bottom)
{
    for (int k = 0; k < 4; k++)
        box(p, (Colour){0.75, 0.75, 0.72}, -width / 2 + k * width / 3, top, 0.4,
            bottom - top);
}

/* Two bulges and a waist, the lower bulge wider. */
static void body(Pen *p, Colour k, double upper, double lower, double waist, double y)
{
    cairo_move_to(p->c, 0, y - 21);
    cairo_curve_to(p->c, upper * 1.3, y - 22, upper * 1.2, y - 6, waist, y - 2);
    cairo_curve_to(p->c, lower * 1.25, y + 2, lower * 1.4, y + 23, 0, y + 23);
    cairo_curve_to(p->c, -lower * 1.4, y + 23, -lower * 1.25, y + 2, -waist, y - 2);
    cairo_curve_to(p->c, -upper * 1.2, y - 6, -upper * 1.3, y - 22, 0, y - 21);
    cairo_close_path(p->c);
    fill(p, k);
}

static void draw_guitar(Pen *p)
{
    const Colour top = wood_or_paint(p), dark = shade(wood(p), 0.5);
    const double wide = between(p, 0.9, 1.35), head = between(p, 5, 8);

    body(p, shade(top, 0.6), 14 * wide + 1.5, 18 * wide + 1.5, 12 * wide, 18);
    body(p, top, 14 * wide, 18 * wide, 11 * wide, 18);
    if (chance(p, 0.75)) {
        oval(p, shade(dark, 1.2), 0, 12, 7, 7);
        oval(p, black, 0, 12, 5.5, 5.5);
    } else /* electric: pickups */
        for (int k = 0; k < 2; k++)
            box(p, black, -6, 8 + 9 * k, 12, 4);
    box(p, dark, -8, 28, 16, 3);
    neck(p, dark, between(p, 4, 5.5), -34, 8);
    box(p, dark, -head / 2, -43, head, 10);
    for (int k = 0; k < 6; k++)
        oval(p, white, k % 2 ? head / 2 + 1.5 : -head / 2 - 1.5, -41 + 1.5 * k, 1.3,
             1.3);
    strings(p, 3, -38, 29);
}

static void draw_violin(Pen *p)
{
    const Colour top = {between(p, 0.4, 0.85), between(p, 0.16, 0.4),
                        between(p, 0.05, 0.18)};

    if (chance(p, 0.6)) { /* the bow */
        const double x = between(p, 20, 28), lean = between(p, -14, 14);

        cairo_move_to(p->c, x, -38);
        cairo_line_to(p->c, x + lean, 40);
        tube(p, shade(top, 0.6), 2.2);
        cairo_move_to(p->c, x + 3, -36);
        cairo_line_to(p->c, x + lean + 3, 38);
        tube(p, white, 1);
    }
    body(p, top, between(p, 10, 12), between(p, 13, 15), between(p, 6.5, 8), 18);
    for (int side = -1; side <= 1; side += 2) { /* the f-holes */
        cairo_move_to(p->c, side * 7, 12);
        cairo_curve_to(p->c, side * 4, 16, side * 9, 20, side * 6, 25);
        tube(p, black, 1.4);
    }
    box(p, black, -2, -30, 4, 44); /* fingerboard, over the body */
    box(p, black, -2.5, 28, 5, 12);
    box(p, (Colour){0.85, 0.7, 0.45}, -5, 22, 10, 1.5);
    box(p, shade(top, 0.7), -2, -40, 4, 11);
    oval(p, shade(top, 0.7), 0, -41, 3, 2.5);
    for (int k = 0; k < 4; k++)
        oval(p, black, k % 2 ? 4 : -4, -38 + 2 * k, 2, 0.9);
    strings(p, 2.5, -36, 29);
}

static void draw_banjo(Pen *p)
{
    const Colour rim = chance(p, 0.5) ? metal(p) : wood(p), dark = wood(p);
    const double radius = between(p, 17, 22);

    oval(p, rim, 0, 20, radius, radius);
    for (int k = 0; k < 16; k++) /* hooks */
        oval(p, shade(rim, 0.6), radius * 0.95 * cos(k * PI / 8),
             20 + radius * 0.95 * sin(k * PI / 8), 1, 1);
    oval(p, chance(p, 0.8) ? white : shade(white, between(p, 0.7, 0.95)), 0, 20,
         radius * 0.84, radius * 0.84);
    neck(p, dark, between(p, 3.5, 5), -36, 20 - radius * 0.7);
    box(p, dark, -3.5, -45, 7, 10);
    for (int k = 0; k < 4; k++)
        oval(p, white, k % 2 ? 5 : -5, -43 + 2 * k, 1.4, 1.4);
    box(p, shade(dark, 0.6), -6, 20 + radius * 0.4, 12, 2);
    strings(p, 3, -38, 20 + radius * 0.5);
    if (chance(p, 0.5))
        box(p, rim, -3, 20 + radius * 0.72, 6, radius * 0.3);
}

/* ---- with keys ---- */

static void draw_grand(Pen *p, Colour k)
{
    cairo_move_to(p->c, -38, -2); /* the lid, open */
    cairo_line_to(p->c, -30, -36);
    cairo_curve_to(p->c, 5, between(p, -46, -38), 20, -26, 36, -4);
    cairo_close_path(p->c);
    fill(p, shade(k, 0.75));
    cairo_move_to(p->c, -40, 2);
    cairo_curve_to(p->c, -10, -14, 26, -16, 40, -2);
    cairo_line_to(p->c, 40, 8);
    cairo_line_to(p->c, -40, 12);
    cairo_close_path(p->c);
    fill(p, k);
    keyboard(p, -40, 6, between(p, 40, 60), 6);
    for (int j = 0; j < 3; j++)
        box(p, shade(k, 0.6), -34 + 32 * j, 10, 4, 28);
}

static void draw_piano(Pen *p)
{
    const Colour k = chance(p, 0.5) ? shade(black, between(p, 1, 3)) : wood_or_paint(p);
    const double h = between(p, 56, 72);

    if (chance(p, 0.5)) {
        draw_grand(p, k);
        return;
    }
    box(p, k, -38, -h / 2, 76, h);
    box(p, shade(k, 1.3), -34, -h / 2 + 5, 68, h * 0.3);
    if (chance(p, 0.5))
        box(p, white, -8, -h / 2 + 8, 16, 12); /* music */
    box(p, shade(k, 0.7), -40, 0, 80, 10);
    keyboard(p, -37, 0, 74, 7);
    box(p, shade(k, 0.75), -34, 12, 68, h / 2 - 16);
    box(p, shade(k, 0.6), -40, 9, 5, h / 2 - 7);
    box(p, shade(k, 0.6), 35, 9, 5, h / 2 - 7);
}

/* Two boxes with bellows between, keys on one side and buttons on the other. */
static void draw_accordion(Pen *p)
{
    const Colour k = chance(p, 0.7) ? paint(p) : wood(p),
                 fold = chance(p, 0.5) ? shade(k, 0.6) : paint(p);
    const double open = between(p, 3, 4.6), h = between(p, 44, 64),
                 bend = between(p, -0.6, 0.6);
    const int n = 6 + (int)aq_rng_below(p->r, 4);
    const double half = (n * open + 44) / 2;

    box(p, k, -half, -h / 2, 24, h);
    for (int j = 0; j < n; j++) {
        const double up = bend * j * j * 0.25;
        box(p, j % 2 ? fold : shade(fold, 1.6), -half + 24 + j * open,
            -h / 2 - 3 + (j % 2) * 3 + up, open, h + 3);
    }
    const double x = -half + 24 + n * open, up = bend * n * n * 0.25;
    box(p, k, x, -h / 2 + up, 20, h);
    for (int j = 0; j < 9; j++) {
        box(p, white, -half + 2, -h / 2 + 3 + j * (h - 6) / 9, 12, (h - 6) / 9 - 1);
        if (j % 3)
            box(p, black, -half + 8, -h / 2 + 1.5 + j * (h - 6) / 9, 7, 2.5);
        for (int b = 0; b < 3; b++)
            oval(p, white, x + 5 + 5 * b, -h / 2 + up + 5 + j * (h - 10) / 9, 1.4, 1.4);
    }
}

/* ---- blown ---- */

static void draw_flute(Pen *p)
{
    const Colour k = chance(p, 0.75) ? metal(p) : wood(p);
    const double width = between(p, 3, 5.5);
    const int keys = 8 + (int)aq_rng_below(p->r, 6);

    cairo_rotate(p->c, between(p, -0.9, 0.2));
    cairo_move_to(p->c, -43, 0);
    cairo_line_to(p->c, 43, 0);
    tube(p, k, width);
    oval(p, shade(k, 0.7), -31, -width * 0.2, 4.5, width * 0.75); /* lip plate */
    oval(p, black, -31, -width * 0.3, 1.6, 1);
    box(p, shade(k, 0.75), -20, -width * 0.65, 3, width * 1.3);
    box(p, shade(k, 0.75), 29, -width * 0.65, 3, width * 1.3);
    for (int j = 0; j < keys; j++)
        oval(p, shade(k, 1.25), -13 + 53.0 * j / keys, -width * 0.35, 1.9,
             width * 0.42);
    if (chance(p, 0.6))
        box(p, shade(k, 0.6), -12, -width * 0.9, 40, 0.9);
}

static void bell(Pen *p, Colour k, double x, double y, double narrow, double wide,
                 double length)
{
    cairo_move_to(p->c, x, y - narrow);
    cairo_curve_to(p->c, x + length * 0.6, y - narrow, x + length * 0.8, y - wide * 0.5,
                   x + length, y - wide);
    cairo_line_to(p->c, x + length, y + wide);
    cairo_curve_to(p->c, x + length * 0.8, y + wide * 0.5, x + length * 0.6, y + narrow,
                   x, y + narrow);
    cairo_close_path(p->c);
    fill(p, k);
    oval(p, shade(k, 0.6), x + length, y, wide * 0.28, wide);
}

static void draw_trumpet(Pen *p)
{
    const Colour k = metal(p);
    const double loop = between(p, 7, 11), width = between(p, 3, 4.5),
                 wide = between(p, 9, 15), x = between(p, -8, -2);

    cairo_rotate(p->c, between(p, -0.6, 0.25));
    cairo_move_to(p->c, -42, -loop / 2); /* mouthpipe, round, and back */
    cairo_line_to(p->c, 20, -loop / 2);
    cairo_arc(p->c, 20, loop / 2, loop, -PI / 2, PI / 2);
    cairo_line_to(p->c, -18, loop * 1.5);
    cairo_arc(p->c, -18, loop / 2, loop, PI / 2, 3 * PI / 2);
    cairo_line_to(p->c, 16, -loop / 2);
    tube(p, k, width);
    box(p, shade(k, 0.8), -46, -loop / 2 - 3, 5, 6);
    for (int j = 0; j < 3; j++) { /* valves */
        box(p, shade(k, j % 2 ? 0.9 : 1.1), x + 7 * j, -loop - 2, 5, 2.6 * loop + 4);
        box(p, shade(k, 0.7), x + 7 * j + 1.8, -loop - 8, 1.4, 6);
        oval(p, white, x + 7 * j + 2.5, -loop - 8, 2.6, 1.2);
    }
    bell(p, k, 14, -loop / 2, width / 2, wide, 30);
}

static void draw_saxophone(Pen *p)
{
    const Colour k = metal(p);
    const double bow = between(p, 9, 13), bottom = between(p, 24, 30),
                 up = between(p, -8, 6), wide = between(p, 9, 14);

    for (int j = 0; j < 22; j++) { /* a cone of short tubes, then the bow */
        const double a = j / 22.0;

        cairo_move_to(p->c, -12 + 4 * a, -30 + (bottom + 30) * a);
        cairo_line_to(p->c, -12 + 4 * (a + 0.05),
                      -30 + (bottom + 30) * fmin(1, a + 0.05));
        tube(p, k, 3.5 + 6 * a);
    }
    cairo_arc_negative(p->c, -8 + bow, bottom, bow, PI, 0);
    cairo_line_to(p->c, -8 + 2 * bow + 1, bottom - 6);
    tube(p, k, 10.5);
    cairo_save(p->c);
    cairo_translate(p->c, -8 + 2 * bow + 1, bottom - 4);
    cairo_rotate(p->c, -PI / 2 + between(p, 0, 0.3));
    bell(p, k, 0, 0, 5, wide, bottom - up);
    cairo_restore(p->c);
    cairo_move_to(p->c, -12, -30); /* neck and mouthpiece */
    cairo_curve_to(p->c, -13, -40, -18, -42, -28, between(p, -40, -34));
    tube(p, k, 3.5);
    cairo_move_to(p->c, -27, -37);
    cairo_line_to(p->c, -36, -31);
    tube(p, black, 4.5);
    for (int j = 0; j < 7; j++)
        oval(p, j % 3 ? shade(k, 1.3) : white, -9 + 0.5 * j + 3 * (j % 2),
             -20 + 6.5 * j, 2.4, 2.4);
}

/* ---- struck ---- */

/* A vessel with a skin; `top` and `foot` are half widths, `belly` bulges between. */
static void barrel(Pen *p, Colour k, double x, double y, double top, double belly,
                   double foot, double h)
{
    const Colour hoop = chance(p, 0.6) ? metal(p) : shade(k, 0.5);
    const double flat = between(p, 0.22, 0.42);

    oval(p, shade(k, 0.8), x, y + h, foot, foot * flat);
    cairo_move_to(p->c, x - top, y);
    cairo_curve_to(p->c, x - belly, y + h * 0.3, x - belly, y + h * 0.6, x - foot,
                   y + h);
    cairo_curve_to(p->c, x - foot * 0.5, y + h + foot * flat, x + foot * 0.5,
                   y + h + foot * flat, x + foot, y + h);
    cairo_curve_to(p->c, x + belly, y + h * 0.6, x + belly, y + h * 0.3, x + top, y);
    cairo_close_path(p->c);
    fill(p, k);
    const int rods = 4 + (int)aq_rng_below(p->r, 4);
    for (int j = 0; j < rods; j++) {
        const double a = PI * (j + 0.5) / rods;
        box(p, hoop, x - top * 0.97 * cos(a) - 0.6, y + top * flat * sin(a), 1.4,
            fmin(h * 0.5, 14));
    }
    oval(p, hoop, x, y + 2.5, top * 1.05, top * flat * 1.08);
    oval(p, chance(p, 0.85) ? white : shade(white, between(p, 0.6, 0.9)), x, y, top,
         top * flat);
}

static void draw_drum(Pen *p)
{
    const Colour k = chance(p, 0.75) ? paint(p) : wood(p);
    const double top = between(p, 24, 38), h = between(p, 18, 46);

    if (chance(p, 0.35)) /* legs */
        for (int j = -1; j <= 1; j++) {
            cairo_move_to(p->c, j * top * 0.6, h / 2);
            cairo_line_to(p->c, j * top * 0.9, 42);
            tube(p, metal(p), 2.4);
        }
    barrel(p, k, 0, -h / 2, top, top * between(p, 0.97, 1.05), top, h);
    if (chance(p, 0.6)) {
        const Colour stripe = metal(p);
        box(p, stripe, -top, h / 2 - 3, 2 * top, 3);
    }
    if (chance(p, 0.45)) /* sticks */
        for (int side = -1; side <= 1; side += 2) {
            cairo_move_to(p->c, side * 40, -h / 2 - 16);
            cairo_line_to(p->c, side * 6, -h / 2 - 1);
            tube(p, wood(p), 3);
        }
}

static void draw_congas(Pen *p)
{
    const Colour k = wood_or_paint(p);
    const int two = chance(p, 0.65);
    const double h = between(p, 26, 68), top = between(p, 13, 19),
                 belly = top * between(p, 0.85, 1.35),
                 foot = top * between(p, 0.5, 0.95);

    if (!two) {
        barrel(p, k, 0, -h / 2, top, belly, foot, h);
        return;
    }
    const double apart = fmax(top, belly) + between(p, 0, 2);
    if (h < 44)
        box(p, shade(k, 0.5), -8, -h / 4, 16, h / 3); /* what connects them */
    barrel(p, k, -apart, -h / 2, top, belly, foot, h);
    barrel(p, k, apart, -h / 2 + between(p, -4, 4), top * between(p, 0.8, 1), belly,
           foot, h * between(p, 0.9, 1));
}

void aq_toy_draw_own(cairo_t *c, int kind, AqRng *r)
{
    static void (*const draw[])(Pen *) = {
        draw_accordion, draw_guitar,  draw_banjo,  draw_flute, draw_piano,
        draw_saxophone, draw_trumpet, draw_violin, draw_drum,  draw_congas};
    Pen p = {c, r, 0};

    p.line = chance(&p, 0.4) ? between(&p, 0.5, 1.6) : 0;
    if (kind == 1 || kind == 2 || kind == 7) /* long ones, from upright to lying */
        cairo_rotate(c, between(&p, -0.3, 1.3));
    draw[kind](&p);
}
