/* SPDX-License-Identifier: MIT */
#include "extract/input/frames_config.h"

#include "base/alloc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SIDE = 8192 };

static const char *const fits[] = {[AQ_FIT_SQUASH] = "squash", [AQ_FIT_CROP] = "crop"};
static const struct {
    const char *name, *recipe;
} filters[] = {
    [AQ_FILTER_BICUBIC] = {"bicubic", "bicubic a=-0.5 antialiased in 8 bits"},
    [AQ_FILTER_BILINEAR] = {"bilinear", "bilinear antialiased in 8 bits"},
    [AQ_FILTER_BILINEAR_PLAIN] = {"bilinear_plain", "bilinear not antialiased"}};
#define N_FITS    (sizeof fits / sizeof *fits)
#define N_FILTERS (sizeof filters / sizeof *filters)

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

static AqErr set_short(AqFramesConfig *c, const char *value)
{
    char *end = NULL;
    const long v = strtol(value, &end, 10);

    if (end == value || *end || v < c->size || v > MAX_SIDE)
        return aq_fail(AQ_ERR_USAGE, "short=%s: give a number of pixels from %d to %d",
                       value, c->size, MAX_SIDE);
    c->short_side = (int)v;
    c->fit = AQ_FIT_CROP;
    return AQ_OK;
}

AqErr aq_frames_set(AqFramesConfig *c, const char *key, const char *value)
{
    if (strcmp(key, "mean") == 0)
        return set_triple(c->mean, key, value, 0);
    if (strcmp(key, "std") == 0)
        return set_triple(c->deviation, key, value, 1);
    if (strcmp(key, "short") == 0)
        return set_short(c, value);
    for (size_t k = 0; strcmp(key, "fit") == 0 && k < N_FITS; k++)
        if (strcmp(value, fits[k]) == 0) {
            c->fit = (AqFit)k;
            if (c->fit == AQ_FIT_CROP && c->short_side == 0)
                c->short_side = official_short(c->size);
            return AQ_OK;
        }
    for (size_t k = 0; strcmp(key, "filter") == 0 && k < N_FILTERS; k++)
        if (strcmp(value, filters[k].name) == 0) {
            c->filter = (AqFilter)k;
            return AQ_OK;
        }
    return aq_fail(AQ_ERR_USAGE,
                   "%s=%s: a visual network's options are " AQ_FRAMES_SWITCHES, key,
                   value);
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
                   filters[c->filter].recipe, fits[c->fit], crop, c->mean[0],
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
                       filters[c->filter].name);
    if (!is_same_triple(c->mean, d.mean))
        add_triple(text, bytes, "mean", c->mean);
    if (!is_same_triple(c->deviation, d.deviation))
        add_triple(text, bytes, "std", c->deviation);
}
