/*
 * How a picture becomes a network's input: part of an extractor's configuration, and of
 * what decides whether a stored feature is current.
 */
#ifndef AQ_EXTRACT_INPUT_FRAMES_CONFIG_H
#define AQ_EXTRACT_INPUT_FRAMES_CONFIG_H
#include "base/err.h"
#include "base/options/option.h"
#include "extract/input/resize.h"

#include <stddef.h>

typedef enum AqFit {
    AQ_FIT_SQUASH, /* the whole picture to S x S: keeps the edges, which questions about
                      left and right need */
    AQ_FIT_CROP    /* short side to `short_side` pixels, then the middle S x S */
} AqFit;

typedef struct AqFramesConfig {
    int size; /* S */
    AqFit fit;
    int short_side; /* AQ_FIT_CROP; S or more */
    AqFilter filter;
    double mean[3], deviation[3]; /* of red, green, blue in 0..1 */
} AqFramesConfig;

/* As they are asked for; -1, 0 and NULL where they are not. */
typedef struct AqFramesSwitches {
    int fit, short_side, filter;
    const char *mean, *deviation;
} AqFramesSwitches;
#define AQ_FRAMES_AS_USUAL ((AqFramesSwitches){.fit = -1, .filter = -1})

/* What aq_frames_set() takes, fields of an AqFramesSwitches: fit, short, filter, mean,
 * std. A network with switches of its own has them in its table beside these. */
extern const AqOption aq_frames_options[];
AQ_MUST_CHECK AqErr aq_frames_take(AqFramesConfig *c, const AqFramesSwitches *s);

/* Squash, bicubic, ImageNet's means and deviations. */
AqFramesConfig aq_frames_default(int size);
/* CLIP's (openai/CLIP, clip/clip.py): short side to `size`, crop, bicubic, its own
 * means and deviations. */
AqFramesConfig aq_frames_clip(int size);

/*
 * Changes what "key=value,key=value" names: fit=squash|crop, short=PIXELS (crops;
 * default: S * 256 / 224, as the official evaluation does, unless c has one),
 * filter=bicubic|bilinear| bilinear_plain, mean=R/G/B, std=R/G/B. NULL sets nothing.
 * AQ_ERR_USAGE, saying what there is.
 */
AQ_MUST_CHECK AqErr aq_frames_set(AqFramesConfig *c, const char *switches);

/* A channel's value, 0 .. 255, as the network is given it. */
static inline float aq_frames_normalise(float v, double mean, double deviation)
{
    return (float)(((double)v / 255 - mean) / deviation);
}

/* Canonical text of all settings, for provenance. Gives; NULL when out of memory. */
char *aq_frames_recipe(const AqFramesConfig *c);

/* The settings that differ from `usual`, as "fit=crop,filter=bilinear"; "" if none do.
 * Applying them to `usual` gives the same configuration. */
void aq_frames_switches(const AqFramesConfig *c, const AqFramesConfig *usual,
                        char *text, size_t bytes);

#endif
