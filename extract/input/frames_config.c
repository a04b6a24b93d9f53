/* SPDX-License-Identifier: MIT */
#include "extract/input/frames_config.h"

#include "base/alloc.h"
#include "base/options/parse.h"
#include "base/options/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SIDE = 8192 };

AqFramesConfig aq_frames_default(int size)
{
    return (AqFramesConfig){.size = size,
                            .mean = {0.485, 0.456, 0.406},
                            .deviation = {0.229, 0.224, 0.225}};
}

AqFramesConfig aq_frames_clip(int size)
{
    return (AqFramesConfig){.size = size,
                            .fit = AQ_FIT_CROP,
                            .short_side = size,
                            .mean = {0.48145466, 0.4578275, 0.40821073},
                            .deviation = {0.26862954, 0.26130258, 0.27577711}};
}

static int official_short(int size)
{
    return size * 256 / 224;
}

static AqErr set_triple(double out[3], const char *key, const char *value, int positive)
{
    double v[3];
    int used = 0;

    if (sscanf(value, "%lf/%lf/%lf%n", &v[0], &v[1], &v[2], &used) != 3 || value[used])
        return aq_fail(AQ_ERR_USAGE, "%s=%s: give three numbers, as in %s=0.5/0.5/0.5",
                       key, value, key);
    for (int k = 0; k < 3; k++)
        if (!isfinite(v[k]) || v[k] < 0 || v[k] > 255 || (positive && v[k] <= 0))
            return aq_fail(AQ_ERR_USAGE, "%s=%s: out of range", key, value);
    memcpy(out, v, sizeof v);
    return AQ_OK;
}

static const char *const fit_names[] = {
    [AQ_FIT_SQUASH] = "squash", [AQ_FIT_CROP] = "crop", [AQ_FIT_CROP + 1] = NULL};
static const char *const filter_names[] = {[AQ_FILTER_BICUBIC] = "bicubic",
                                           [AQ_FILTER_BILINEAR] = "bilinear",
                                           [AQ_FILTER_BILINEAR_PLAIN] =
                                               "bilinear_plain",
                                           [AQ_FILTER_BILINEAR_PLAIN + 1] = NULL};

const AqOption aq_frames_options[] = {
    AQ_ROW_CHOICE("fit", AqFramesSwitches, fit, fit_names,
                  "how a picture is made square", NULL),
    AQ_ROW("short", AQ_OPTION_INT, AqFramesSwitches, short_side,
           "its shorter side before it is cropped", NULL, .arg = "PIXELS", .least = 1,
           .most = MAX_SIDE),
    AQ_ROW_CHOICE("filter", AqFramesSwitches, filter, filter_names, "of the resizing",
                  NULL),
    AQ_ROW_TEXT("mean", AqFramesSwitches, mean, "R/G/B", "taken from each pixel", NULL),
    AQ_ROW_TEXT("std", AqFramesSwitches, deviation, "R/G/B", "it is divided by", NULL),
    {0}};

static AqErr take_short(AqFramesConfig *c, int pixels)
{
    if (pixels < c->size)
        return aq_fail(AQ_ERR_USAGE, "short=%d: pixels from %d to %d are needed",
                       pixels, c->size, MAX_SIDE);
    c->short_side = pixels;
    c->fit = AQ_FIT_CROP;
    return AQ_OK;
}

AqErr aq_frames_take(AqFramesConfig *c, const AqFramesSwitches *s)
{
    AqErr err = s->short_side ? take_short(c, s->short_side) : AQ_OK;

    if (s->fit >= 0)
        c->fit = (AqFit)s->fit;
    if (c->fit == AQ_FIT_CROP && c->short_side == 0)
        c->short_side = official_short(c->size);
    if (s->filter >= 0)
        c->filter = (AqFilter)s->filter;
    if (err == AQ_OK && s->mean)
        err = set_triple(c->mean, "mean", s->mean, 0);
    if (err == AQ_OK && s->deviation)
        err = set_triple(c->deviation, "std", s->deviation, 1);
    return err;
}

AqErr aq_frames_set(AqFramesConfig *c, const char *switches)
{
    AqFramesSwitches s = AQ_FRAMES_AS_USUAL;
    char copy[AQ_MOST_PAIRS];
    const AqErr err = aq_options_parse_pairs(aq_frames_options, "a visual network", &s,
                                             switches, copy, sizeof copy);

    return err == AQ_OK ? aq_frames_take(c, &s) : err;
}

static int is_same_triple(const double a[3], const double b[3])
{
    /* Bytes, as the recipe distinguishes 0 from -0. */
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
    return memcmp(a, b, 3 * sizeof *a) == 0;
}

char *aq_frames_recipe(const AqFramesConfig *c)
{
    char crop[64] = "";

    if (c->fit == AQ_FIT_CROP)
        (void)snprintf(crop, sizeof crop, " of short side %d", c->short_side);
    return aq_strf("resize %s v2, %s%s; /255, mean %g,%g,%g std %g,%g,%g to %dx%d",
                   aq_filter_recipe(c->filter), fit_names[c->fit], crop, c->mean[0],
                   c->mean[1], c->mean[2], c->deviation[0], c->deviation[1],
                   c->deviation[2], c->size, c->size);
}

static void add_triple(char *text, size_t bytes, const char *key, const double v[3])
{
    char value[96];

    (void)snprintf(value, sizeof value, "%.17g/%.17g/%.17g", v[0], v[1], v[2]);
    aq_options_add_pair(text, bytes, key, value);
}

/* "fit=..." and "short=...", if they are not as usual. */
static void add_fit(const AqFramesConfig *c, const AqFramesConfig *usual, char *text,
                    size_t bytes)
{
    const int as_usual = c->fit == usual->fit &&
                         (c->fit != AQ_FIT_CROP || c->short_side == usual->short_side);
    const int is_given = usual->short_side ? c->short_side != usual->short_side
                                           : c->short_side != official_short(c->size);
    char pixels[16];

    if (as_usual)
        return;
    aq_options_add_pair(text, bytes, "fit", fit_names[c->fit]);
    (void)snprintf(pixels, sizeof pixels, "%d", c->short_side);
    if (c->fit == AQ_FIT_CROP && is_given)
        aq_options_add_pair(text, bytes, "short", pixels);
}

void aq_frames_switches(const AqFramesConfig *c, const AqFramesConfig *usual,
                        char *text, size_t bytes)
{
    text[0] = '\0';
    add_fit(c, usual, text, bytes);
    if (c->filter != usual->filter)
        aq_options_add_pair(text, bytes, "filter", filter_names[c->filter]);
    if (!is_same_triple(c->mean, usual->mean))
        add_triple(text, bytes, "mean", c->mean);
    if (!is_same_triple(c->deviation, usual->deviation))
        add_triple(text, bytes, "std", c->deviation);
}
