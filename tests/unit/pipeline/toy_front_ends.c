/* SPDX-License-Identifier: MIT */
#include "tests/unit/pipeline/toy_front_ends.h"

#include "base/alloc.h"
#include "extract/networks/extractor.h"
#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- front ends ---- */

static char *toy_recipe(const AqInput *in)
{
    return aq_strf("toy %s v1", in->def->name);
}

static AqErr toy_open_front_end(void **state, const AqInput *in)
{
    int *calls = aq_alloc(1, sizeof *calls);

    (void)in;
    *state = calls;
    return calls ? AQ_OK : AQ_ERR_NOMEM;
}

static void toy_close_front_end(void **state)
{
    aq_free(*state);
    *state = NULL;
}

static AqErr see_picture(void *state, const AqInputShown *s, float *row)
{
    const uint8_t *middle =
        s->rgb + (size_t)(s->height / 2) * (size_t)s->stride + 3 * (s->width / 2);

    ++*(int *)state;
    row[0] = middle[0];
    row[1] = middle[1];
    row[2] = (float)s->width;
    row[3] = (float)s->height;
    return AQ_OK;
}

static AqErr see_frame(void *state, const AqInputShown *s, float *row)
{
    float one[4];
    const AqErr err = see_picture(state, s, one);

    memcpy(row + 2 * s->frame, one, 2 * sizeof *one);
    return err;
}

static AqErr hear_part(void *state, const AqInputShown *s, float *row)
{
    ++*(int *)state;
    for (int k = 0; k < AQ_INPUT_RATE / 4; k++)
        if (abs(s->pcm[k]) > row[0])
            row[0] = (float)abs(s->pcm[k]);
    return AQ_OK;
}

static const AqInputDef quarter_front_end = {.name = "toy-quarter",
                                             .modality = AQ_VISUAL,
                                             .recipe = toy_recipe,
                                             .open = toy_open_front_end,
                                             .prepare = see_picture,
                                             .close = toy_close_front_end};
static const AqInputDef clips_front_end = {.name = "toy-clips",
                                           .modality = AQ_VISUAL,
                                           .recipe = toy_recipe,
                                           .open = toy_open_front_end,
                                           .prepare = see_frame,
                                           .close = toy_close_front_end};
static const AqInputDef parts_front_end = {.name = "toy-parts",
                                           .modality = AQ_AUDIO,
                                           .recipe = toy_recipe,
                                           .open = toy_open_front_end,
                                           .prepare = hear_part,
                                           .close = toy_close_front_end};

AqInput aq_toy_input(const char *name)
{
    if (strcmp(name, "toy_quarter") == 0)
        return (AqInput){
            .def = &quarter_front_end, .plan = {.per_second = 4}, .dims = {1, 1, 4}};
    if (strcmp(name, "toy_parts") == 0)
        return (AqInput){
            .def = &parts_front_end, .plan = {.per_second = 4}, .dims = {1, 1, 1}};
    if (strcmp(name, "toy_fours") == 0)
        return (AqInput){.def = &clips_front_end,
                         .plan = {.per_second = 1, .frames = 4},
                         .dims = {4, 2, 1}};
    if (strcmp(name, "toy_many") == 0)
        return (AqInput){.def = &clips_front_end,
                         .plan = {.per_second = 1, .frames = 16},
                         .dims = {16, 2, 1}};
    return (AqInput){.def = &clips_front_end,
                     .plan = {.clips = TOY_CLIPS, .frames = TOY_FRAMES},
                     .dims = {TOY_FRAMES, 2, 1}};
}

/* ---- networks ---- */

static AqErr toy_open_network(void **out, const char *name, AqWeights *w, uint64_t seed,
                              const char *switches, AqNetworkFacts *facts)
{
    AqParams *params = NULL;
    const AqErr err = aq_params_new(&params);

    (void)w;
    (void)seed;
    (void)switches;
    *facts = (AqNetworkFacts){.input = aq_toy_input(name), .batch = 3};
    facts->out_dims[0] = facts->out_dims[1] = 1;
    facts->out_dims[2] = (int)aq_input_values(&facts->input);
    *out = params;
    return err;
}

static AqTensor *toy_hand_on(const void *net, AqNn *nn, AqTensor *in,
                             const AqExtractorTap *tap)
{
    (void)net;
    (void)tap;
    return aq_reshape(nn, in, AQ_DIMS(in->dims[0], -1));
}

static AqParams *toy_params(const void *net)
{
    return (AqParams *)(uintptr_t)net;
}

static void toy_close_network(void **net)
{
    AqParams *params = *net;

    aq_params_free(&params);
    *net = NULL;
}

#define TOY(label, front_end)                                                          \
    {                                                                                  \
        .names = {label}, .title = label, .input = (front_end), .version = 1,          \
        .open = toy_open_network, .forward = toy_hand_on, .params = toy_params,        \
        .close = toy_close_network                                                     \
    }
static const AqNetworkDef toys[] = {
    TOY("toy_quarter", &quarter_front_end), TOY("toy_clips", &clips_front_end),
    TOY("toy_fours", &clips_front_end), TOY("toy_many", &clips_front_end),
    TOY("toy_parts", &parts_front_end)};

void aq_toys_add(void)
{
    for (size_t k = 0; k < sizeof toys / sizeof *toys; k++)
        aq_network_add(&toys[k]);
    aq_input_add(&quarter_front_end);
    aq_input_add(&clips_front_end);
    aq_input_add(&parts_front_end);
}

/* ---- clips ---- */

int aq_toy_number_of(float red, float green)
{
    return (int)lroundf(red) + 256 * (int)lroundf(green / 60);
}

static FILE *run_program(const char *before, const char *path, const char *behind)
{
    char command[512];

    (void)snprintf(command, sizeof command, "%s %s %s", before, path, behind);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    return f;
}

void aq_toy_frames(ToyFrames *out, const char *path)
{
    unsigned char rgb[3];
    int n = 0;

    *out = (ToyFrames){0};
    FILE *f = run_program("ffmpeg -v error -nostdin -i", path,
                          "-fps_mode passthrough -vf scale=1:1:flags=neighbor "
                          "-f rawvideo -pix_fmt rgb24 -");
    while (out->n < 2048 && fread(rgb, 1, 3, f) == 3)
        out->number[out->n++] = aq_toy_number_of(rgb[0], rgb[1]);
    assert_int_equal(pclose(f), 0);
    f = run_program("ffprobe -v error -select_streams v:0 -show_entries "
                    "frame=pts_time -of csv=p=0",
                    path, "");
    while (n < 2048 && fscanf(f, "%lf%*[^\n]", &out->at[n]) == 1)
        n++;
    assert_int_equal(pclose(f), 0);
    assert_int_equal(n, out->n);
    assert_true(n > 0);
    for (int k = n - 1; k >= 0; k--)
        out->at[k] -= out->at[0];
    out->at[n] = n > 1 ? 2 * out->at[n - 1] - out->at[n - 2] : 0.04;
}
