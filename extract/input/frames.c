/* SPDX-License-Identifier: MIT */
#include "extract/input/frames.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define CUBIC_A (-0.5)

/* For each output position: which inputs it uses, with their weights. */
typedef struct Taps {
    int in, resized; /* sizes these are for; 0: none yet */
    int most;        /* weights per output */
    int *first, *n;
    float *weight; /* (S, most) */
} Taps;

struct AqFrames {
    AqFramesConfig how;
    int S;
    Taps across, down;
    float *rows; /* (height, S, 3): resized horizontally */
    int n_rows;
};

static double cubic_kernel(double x)
{
    const double a = CUBIC_A;

    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static double triangle_kernel(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

static void taps_clear(Taps *t)
{
    aq_free(t->first);
    aq_free(t->n);
    aq_free(t->weight);
    *t = (Taps){0};
}

/* The weights of one output; they sum to 1. */
static void fill_one(Taps *t, AqFilter filter, int at, double centre, double scale,
                     double support)
{
    double sum = 0;
    int from = (int)(centre - support + 0.5), to = (int)(centre + support + 0.5);

    from = from < 0 ? 0 : from;
    to = to > t->in ? t->in : to;
    float *row = t->weight + (long)at * t->most;
    for (int k = from; k < to; k++) {
        const double x = (k - centre + 0.5) / scale;
        const double v =
            filter == AQ_FILTER_BICUBIC ? cubic_kernel(x) : triangle_kernel(x);

        row[k - from] = (float)v;
        sum += v;
    }
    for (int k = 0; k < to - from; k++)
        row[k] = (float)((double)row[k] / sum);
    t->first[at] = from;
    t->n[at] = to - from;
}

/* There is nothing outside the picture: at an edge, plain bilinear's two neighbours are
 * the same pixel, which is what clipping the weights gives. */
static AqErr taps_for(Taps *t, const AqFrames *f, int in, int resized)
{
    const int S = f->S, first = (int)rint((resized - S) / 2.0); /* Pillow's centre */
    const double ratio = (double)in / resized;
    const int widens = ratio > 1 && f->how.filter != AQ_FILTER_BILINEAR_PLAIN;
    const double scale = widens ? ratio : 1;
    const double support = (f->how.filter == AQ_FILTER_BICUBIC ? 2 : 1) * scale;

    if (t->in == in && t->resized == resized)
        return AQ_OK;
    taps_clear(t);
    t->most = (int)(2 * support) + 3;
    t->first = aq_alloc((size_t)S, sizeof *t->first);
    t->n = aq_alloc((size_t)S, sizeof *t->n);
    t->weight = aq_alloc((size_t)S * (size_t)t->most, sizeof *t->weight);
    if (!t->first || !t->n || !t->weight) {
        taps_clear(t);
        return AQ_ERR_NOMEM;
    }
    t->in = in;
    t->resized = resized;
    for (int k = 0; k < S; k++)
        fill_one(t, f->how.filter, k, (k + first + 0.5) * ratio, scale, support);
    return AQ_OK;
}

/* The size to which a picture is resized before S x S is cropped, as in
 * torchvision.transforms.Resize. */
static void resized_size(const AqFramesConfig *c, int width, int height, int *w, int *h)
{
    *w = *h = c->size;
    if (c->fit == AQ_FIT_SQUASH)
        return;
    const double s = c->short_side;
    *w = width <= height ? c->short_side : (int)(s * width / height);
    *h = width <= height ? (int)(s * height / width) : c->short_side;
}

AqErr aq_frames_new(AqFrames **out, const AqFramesConfig *how)
{
    *out = aq_alloc(1, sizeof **out);
    if (!*out)
        return AQ_ERR_NOMEM;
    (*out)->how = *how;
    (*out)->S = how->size;
    return AQ_OK;
}

void aq_frames_free(AqFrames **fp)
{
    AqFrames *f = *fp;

    if (!f)
        return;
    taps_clear(&f->across);
    taps_clear(&f->down);
    aq_free(f->rows);
    aq_free(f);
    *fp = NULL;
}

/* Pillow rounds to 8 bits after each of its two passes, which clips the kernel's
 * overshoot; plain bilinear has none and is not rounded. */
static float in_bits(const AqFrames *f, float v)
{
    if (f->how.filter == AQ_FILTER_BILINEAR_PLAIN)
        return v;
    return v < 0 ? 0 : v > 255 ? 255 : floorf(v + 0.5f);
}

static void resize_row(const AqFrames *f, const uint8_t *in, float *out)
{
    const Taps *t = &f->across;

    for (int x = 0; x < f->S; x++) {
        const float *w = t->weight + (long)x * t->most;
        const uint8_t *p = in + 3L * t->first[x];
        float r = 0, g = 0, b = 0;

        for (int k = 0; k < t->n[x]; k++, p += 3) {
            r += w[k] * (float)p[0];
            g += w[k] * (float)p[1];
            b += w[k] * (float)p[2];
        }
        out[(size_t)3 * x] = in_bits(f, r);
        out[3 * x + 1] = in_bits(f, g);
        out[3 * x + 2] = in_bits(f, b);
    }
}

static float normalise_channel(const AqFramesConfig *how, float v, int channel)
{
    return (float)(((double)v / 255 - how->mean[channel]) / how->deviation[channel]);
}

static void resize_down(const AqFrames *f, float *out)
{
    const Taps *t = &f->down;
    const long S = f->S;

    for (long y = 0; y < S; y++)
        for (long x = 0; x < 3 * S; x++) {
            const float *w = t->weight + y * t->most;
            const float *p = f->rows + (long)t->first[y] * 3 * S + x;
            float v = 0;

            for (int k = 0; k < t->n[y]; k++)
                v += w[k] * p[(long)k * 3 * S];
            out[(x % 3 * S + y) * S + x / 3] =
                normalise_channel(&f->how, in_bits(f, v), (int)(x % 3));
        }
}

AqErr aq_frames_prepare(AqFrames *f, const uint8_t *rgb, int width, int height,
                        int stride, float *out)
{
    int w, h;

    resized_size(&f->how, width, height, &w, &h);
    AqErr err = taps_for(&f->across, f, width, w);
    if (err == AQ_OK)
        err = taps_for(&f->down, f, height, h);
    if (err == AQ_OK && f->n_rows < height) {
        aq_free(f->rows);
        f->n_rows = 0;
        f->rows = aq_alloc((size_t)height * (size_t)f->S * 3, sizeof *f->rows);
        if (!f->rows)
            return AQ_ERR_NOMEM;
        f->n_rows = height;
    }
    if (err != AQ_OK)
        return err;
    for (int y = 0; y < height; y++)
        resize_row(f, rgb + (long)y * stride, f->rows + (long)y * f->S * 3);
    resize_down(f, out);
    return AQ_OK;
}

/* ---- as a front end ---- */

typedef struct FramesState {
    AqFrames *frames;
    size_t each; /* values per frame */
} FramesState;

_Static_assert(sizeof(AqFramesConfig) <= AQ_INPUT_MAX_CONFIG, "settings fit");

AqFramesConfig aq_frames_config_of(const AqInput *in)
{
    AqFramesConfig c;

    memcpy(&c, in->config, sizeof c);
    return c;
}

AqInput aq_frames_input(const AqFramesConfig *how, AqRowPlan plan)
{
    AqInput in = {.def = &aq_input_frames,
                  .plan = plan,
                  .dims = {3 * aq_rows_pictures(plan), how->size, how->size}};

    memcpy(in.config, how, sizeof *how);
    return in;
}

static char *frames_recipe(const AqInput *in)
{
    const AqFramesConfig c = aq_frames_config_of(in);

    return aq_frames_recipe(&c);
}

static void frames_close(void **state)
{
    FramesState *s = *state;

    if (s)
        aq_frames_free(&s->frames);
    aq_free(s);
    *state = NULL;
}

static AqErr frames_open(void **state, const AqInput *in)
{
    const AqFramesConfig c = aq_frames_config_of(in);
    FramesState *s = aq_alloc(1, sizeof *s);
    const AqErr err = s ? aq_frames_new(&s->frames, &c) : AQ_ERR_NOMEM;

    *state = s;
    if (err != AQ_OK)
        frames_close(state);
    else
        s->each = 3 * (size_t)c.size * (size_t)c.size;
    return err;
}

static AqErr frames_prepare(void *state, const AqInputShown *shown, float *row)
{
    const FramesState *s = state;

    return aq_frames_prepare(s->frames, shown->rgb, shown->width, shown->height,
                             shown->stride, row + (size_t)shown->frame * s->each);
}

static void frames_part(const AqInput *in, int width, int height, double share[2])
{
    const AqFramesConfig c = aq_frames_config_of(in);
    const double side = width < height ? width : height;

    if (c.fit != AQ_FIT_CROP)
        return;
    share[0] = side * c.size / c.short_side / width;
    share[1] = side * c.size / c.short_side / height;
}

const AqInputDef aq_input_frames = {.name = "frames",
                                    .modality = AQ_VISUAL,
                                    .recipe = frames_recipe,
                                    .open = frames_open,
                                    .prepare = frames_prepare,
                                    .close = frames_close,
                                    .part = frames_part};
