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

static const char *const filter_recipes[] = {
    [AQ_FILTER_BICUBIC] = "bicubic a=-0.5 antialiased in 8 bits",
    [AQ_FILTER_BILINEAR] = "bilinear antialiased in 8 bits",
    [AQ_FILTER_BILINEAR_PLAIN] = "bilinear not antialiased"};

AqFramesConfig aq_frames_default(int size)
{
    return (AqFramesConfig){.size = size,
                            .mean = {0.485, 0.456, 0.406},
                            .deviation = {0.229, 0.224, 0.225}};
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

/* As they are asked for; -1, 0 and NULL where they are not. */
typedef struct FramesSwitches {
    int fit, short_side, filter;
    const char *mean, *deviation;
} FramesSwitches;

const AqOption aq_frames_options[] = {
    AQ_ROW_CHOICE("fit", FramesSwitches, fit, fit_names, "how a picture is made square",
                  NULL),
    AQ_ROW("short", AQ_OPTION_INT, FramesSwitches, short_side,
           "its shorter side before it is cropped", NULL, .arg = "PIXELS", .least = 1,
           .most = MAX_SIDE),
    AQ_ROW_CHOICE("filter", FramesSwitches, filter, filter_names, "of the resizing",
                  NULL),
    AQ_ROW_TEXT("mean", FramesSwitches, mean, "R/G/B", "taken from each pixel", NULL),
    AQ_ROW_TEXT("std", FramesSwitches, deviation, "R/G/B", "it is divided by", NULL),
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

static AqErr take_frames_switches(AqFramesConfig *c, const FramesSwitches *s)
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
    FramesSwitches s = {.fit = -1, .filter = -1};
    char copy[AQ_MOST_PAIRS];
    const AqErr err = aq_options_parse_pairs(aq_frames_options, "a visual network", &s,
                                             switches, copy, sizeof copy);

    return err == AQ_OK ? take_frames_switches(c, &s) : err;
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
                   filter_recipes[c->filter], fit_names[c->fit], crop, c->mean[0],
                   c->mean[1], c->mean[2], c->deviation[0], c->deviation[1],
                   c->deviation[2], c->size, c->size);
}

static void add_triple(char *text, size_t bytes, const char *key, const double v[3])
{
    const size_t at = strlen(text);

    (void)snprintf(text + at, bytes - at, "%s%s=%.17g/%.17g/%.17g", at ? "," : "", key,
                   v[0], v[1], v[2]);
}

void aq_frames_switches(const AqFramesConfig *c, char *text, size_t bytes)
{
    const AqFramesConfig d = aq_frames_default(c->size);
    size_t at = 0;

    text[0] = '\0';
    if (c->fit == AQ_FIT_CROP && c->short_side == official_short(c->size))
        (void)snprintf(text, bytes, "fit=crop");
    else if (c->fit == AQ_FIT_CROP)
        (void)snprintf(text, bytes, "fit=crop,short=%d", c->short_side);
    at = strlen(text);
    if (c->filter != d.filter)
        (void)snprintf(text + at, bytes - at, "%sfilter=%s", at ? "," : "",
                       filter_names[c->filter]);
    if (!is_same_triple(c->mean, d.mean))
        add_triple(text, bytes, "mean", c->mean);
    if (!is_same_triple(c->deviation, d.deviation))
        add_triple(text, bytes, "std", c->deviation);
}
