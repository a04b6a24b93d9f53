/* SPDX-License-Identifier: MIT */
#include "extract/input/letterbox.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

_Static_assert(sizeof(AqLetterbox) <= AQ_INPUT_MAX_CONFIG, "settings fit");

typedef struct LetterboxState {
    AqLetterbox how;
    AqResize *resize[AQ_LETTERBOX_MOST]; /* each keeps the taps of its size */
    size_t row, plane;                   /* of the input */
} LetterboxState;

AqInput aq_letterbox_input(const AqLetterbox *how)
{
    AqInput in = {.def = &aq_input_letterbox, .plan = AQ_ROWS_SECONDS, .dims = {3}};

    for (int k = 0; k < how->n; k++) {
        in.dims[1] += how->height[k];
        in.dims[2] = how->width[k] > in.dims[2] ? how->width[k] : in.dims[2];
    }
    memcpy(in.config, how, sizeof *how);
    return in;
}

AqLetterbox aq_letterbox_of(const AqInput *in)
{
    AqLetterbox how;

    memcpy(&how, in->config, sizeof how);
    return how;
}

void aq_letterbox_fit(const AqLetterbox *how, int k, int width, int height, int *w,
                      int *h)
{
    const double scale =
        fmin((double)how->width[k] / width, (double)how->height[k] / height);

    *w = (int)fmax(1, rint(width * scale));
    *h = (int)fmax(1, rint(height * scale));
}

static char *letterbox_recipe(const AqInput *in)
{
    const AqLetterbox c = aq_letterbox_of(in);
    char *boxes = aq_strdup("");

    for (int k = 0; boxes && k < c.n; k++) {
        char *more =
            aq_strf("%s%s%dx%d", boxes, k ? " and of " : "", c.width[k], c.height[k]);

        aq_free(boxes);
        boxes = more;
    }
    char *text =
        boxes ? aq_strf("whole in the middle of boxes of %s, %s v2; /255, "
                        "mean %g,%g,%g std %g,%g,%g, around it 0",
                        boxes, aq_filter_recipe(c.filter), c.mean[0], c.mean[1],
                        c.mean[2], c.deviation[0], c.deviation[1], c.deviation[2])
              : NULL;
    aq_free(boxes);
    return text;
}

static void letterbox_close(void **state)
{
    LetterboxState *s = *state;

    for (int k = 0; s && k < AQ_LETTERBOX_MOST; k++)
        aq_resize_free(&s->resize[k]);
    aq_free(s);
    *state = NULL;
}

static AqErr letterbox_open(void **state, const AqInput *in)
{
    LetterboxState *s = *state = aq_alloc(1, sizeof *s);
    AqErr err = s ? AQ_OK : AQ_ERR_NOMEM;

    if (err != AQ_OK)
        return err;
    s->how = aq_letterbox_of(in);
    s->row = (size_t)in->dims[2];
    s->plane = (size_t)in->dims[1] * s->row;
    for (int k = 0; err == AQ_OK && k < s->how.n; k++)
        err = aq_resize_new(&s->resize[k], s->how.filter);
    if (err != AQ_OK)
        letterbox_close(state);
    return err;
}

static void normalise_part(const LetterboxState *s, const AqResizeTo *to, float *out)
{
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < to->height; y++)
            for (int x = 0; x < to->width; x++) {
                float *v = out + (size_t)c * s->plane + (size_t)y * s->row + (size_t)x;

                *v = aq_frames_normalise(*v, s->how.mean[c], s->how.deviation[c]);
            }
}

static AqErr letterbox_prepare(void *state, const AqInputShown *shown, float *row)
{
    const LetterboxState *s = state;
    const AqResizeFrom picture = {shown->rgb, shown->width, shown->height,
                                  shown->stride};
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < s->how.n; k++) {
        AqResizeTo to = {.plane = s->plane, .row = s->row};

        aq_letterbox_fit(&s->how, k, shown->width, shown->height, &to.width,
                         &to.height);
        to.taken_width = to.width;
        to.taken_height = to.height;
        const int left = (s->how.width[k] - to.width) / 2,
                  top = (s->how.height[k] - to.height) / 2;
        float *at = row + (size_t)top * s->row + (size_t)left;
        err = aq_resize_run(s->resize[k], &picture, &to, at);
        if (err == AQ_OK)
            normalise_part(s, &to, at);
        row += (size_t)s->how.height[k] * s->row;
    }
    return err;
}

const AqInputDef aq_input_letterbox = {.name = "letterbox",
                                       .modality = AQ_VISUAL,
                                       .recipe = letterbox_recipe,
                                       .open = letterbox_open,
                                       .prepare = letterbox_prepare,
                                       .close = letterbox_close};
