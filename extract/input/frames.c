/* SPDX-License-Identifier: MIT */
#include "extract/input/frames.h"

#include "base/alloc.h"

#include <string.h>

struct AqFrames {
    AqFramesConfig how;
    AqResize *resize;
};

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
    const AqErr err = aq_resize_new(&(*out)->resize, how->filter);
    if (err != AQ_OK)
        aq_frames_free(out);
    return err;
}

void aq_frames_free(AqFrames **fp)
{
    AqFrames *f = *fp;

    if (!f)
        return;
    aq_resize_free(&f->resize);
    aq_free(f);
    *fp = NULL;
}

AqErr aq_frames_prepare(AqFrames *f, const uint8_t *rgb, int width, int height,
                        int stride, float *out)
{
    const size_t S = (size_t)f->how.size;
    const AqResizeFrom picture = {rgb, width, height, stride};
    AqResizeTo to = {.taken_width = f->how.size,
                     .taken_height = f->how.size,
                     .plane = S * S,
                     .row = S};

    resized_size(&f->how, width, height, &to.width, &to.height);
    const AqErr err = aq_resize_run(f->resize, &picture, &to, out);
    for (size_t k = 0; err == AQ_OK && k < 3 * S * S; k++)
        out[k] = aq_frames_normalise(out[k], f->how.mean[k / (S * S)],
                                     f->how.deviation[k / (S * S)]);
    return err;
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
