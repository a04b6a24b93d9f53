/* SPDX-License-Identifier: MIT */
/*
 * Features of today stay what they are: how they are made, as the store keeps it, what
 * networks are shown, to the bit, and what they make of it. All of it was written down
 * before front ends were the networks' own.
 */
#include "base/alloc.h"
#include "base/digest.h"
#include "pipeline/decoder/decode.h"
#include "pipeline/inputs/toolset.h"
#include "tests/unit/check.h"
#include "tests/unit/clips.h"

#include <string.h>

enum { SECONDS = 3, RATE = 16000, WIDE = 96, HIGH = 64 };

static char clip[128];

/* ---- how ---- */

/* The versions of FFmpeg's libraries as *: they are this machine's. */
static char *without_versions(const char *text)
{
    char *out = aq_strdup(text), *to = out;

    for (const char *p = text; *p;) {
        const int at_library = strncmp(p, "libsw", 5) == 0;

        while (at_library && *p != ' ')
            *to++ = *p++;
        if (at_library) {
            *to++ = *p++;
            p += strspn(p, "0123456789.");
            *to++ = '*';
        } else {
            *to++ = *p++;
        }
    }
    *to = '\0';
    return out;
}

#define SOUND_V1                                                                       \
    "sound v1: mean of channels, libswresample * to 16000 Hz (filter_size 32 "         \
    "phase_shift 10 cutoff 0.97 exact_rational), int16, t=0 at the first timestamp; "  \
    "log-mel v1: window 400 hop 160 fft 512 hann magnitude, 64 htk bands 125-7500, "   \
    "log(x+0.01), seconds framed alone"
#define PICTURE_V1                                                                     \
    "picture v1: the frame shown at each second, libswscale * (bicubic "               \
    "full_chroma_h accurate_rnd bitexact) to rgb24, upright; "
#define IMAGENET "; /255, mean 0.485,0.456,0.406 std 0.229,0.224,0.225 to "
#define SWIN_T   "; embed 96 depths 2,2,6,2 window 7"

static const struct {
    AqToolChoice choice;
    const char *sampling[AQ_N_MODALITIES];
} recipes[] = {
    {{.name = {"vggish", "swin_t"}, .weights = {"seeded:1", "seeded:1"}},
     {SOUND_V1 "; last relu on; no postprocessing",
      PICTURE_V1 "resize bicubic a=-0.5 antialiased in 8 bits v2, squash" IMAGENET
                 "224x224" SWIN_T}},
    {{.name = {"vggish_nano", "swin_t"},
      .weights = {"seeded:1", "seeded:1"},
      .options = {"relu=off", "fit=crop,filter=bilinear_plain,std=0.5/0.5/0.5"},
      .audio_track = 2},
     {SOUND_V1 "; sound track 2; last relu off; no postprocessing; options: relu=off",
      PICTURE_V1
      "resize bilinear not antialiased v2, crop of short side 256; /255, "
      "mean 0.485,0.456,0.406 std 0.5,0.5,0.5 to 224x224; sound track 2" SWIN_T
      "; options: fit=crop,filter=bilinear_plain,std=0.5/0.5/0.5"}}};

static void recipes_are_what_they_were(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof recipes / sizeof *recipes; k++) {
        AqToolset t;

        CHECK_OK(aq_toolset_open(&t, &recipes[k].choice));
        for (int m = 0; m < AQ_N_MODALITIES; m++) {
            char *text = without_versions(t.provenance[m].sampling);

            assert_string_equal(text, recipes[k].sampling[m]);
            assert_true(aq_rows_are_seconds(aq_provenance_rows(&t.provenance[m])));
            assert_string_equal(t.provenance[m].extractor_version, "1");
            aq_free(text);
        }
        aq_toolset_close(&t);
    }
}

/* Seeded weights follow from a text, which is part of what they are called. */
static void seeded_weights_are_what_they_were(void **state)
{
    static const char *const want[][2] = {
        {"vggish_nano",
         "6fbdeb8d84f7b6243be3a7a48c3a582c91c7e0ed72d5f7c7fdd098bd2a821558"},
        {"swin_nano",
         "800737343248f0c58ce0c1c5015a1d563aa8e353edd9c2053def256e902075ba"}};

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        AqExtractor *x = NULL;

        CHECK_OK(aq_extractor_open(&x, want[k][0], "seeded:7", NULL));
        assert_string_equal(aq_extractor_facts(x).weights_sha256, want[k][1]);
        aq_extractor_close(&x);
    }
}

/* ---- what ---- */

typedef struct Reading {
    const AqExtractor *x;
    AqNn *nn;
    AqSha256 *shown;
    int n;
    double sum, squares;
} Reading;

static AqErr read_chunk(void *ctx, AqChunk *c)
{
    Reading *r = ctx;
    const AqExtractorFacts f = aq_extractor_facts(r->x);
    const size_t each = aq_extractor_values(f.out_dims);
    float *out = aq_alloc((size_t)c->n * each, sizeof *out);

    CHECK_OK(aq_sha256_add(r->shown, c->in, (size_t)c->n * c->in_each * sizeof *c->in));
    CHECK_OK(aq_extractor_run(r->x, r->nn, c->in, c->n, out));
    for (size_t k = 0; k < (size_t)c->n * each; k++) {
        r->sum += (double)out[k] * (double)(k % 7 + 1);
        r->squares += (double)out[k] * (double)out[k];
    }
    r->n += c->n;
    aq_free(out);
    aq_chunk_free(&c);
    return AQ_OK;
}

static const struct {
    const char *name, *switches;
    const char *shown; /* SHA-256 of all that the network is given */
    double sum, squares;
} made[] = {{"vggish_nano", NULL,
             "7be9ba0a28ebddeecf261d1215dd7afc1bb569fae1a39dff83354506427289d7",
             133.590538, 9.08087463},
            {"swin_nano", NULL,
             "7995f7bed472500d55b4516188c8c6b04e100cdc44cb09b5240506cc18fcda8b",
             90.9190035, 19199.8553},
            {"swin_nano", "fit=crop,filter=bilinear",
             "e6b6a22b482ad4e0d4078768a8acf2ef0589d2d5fb310b888dddc44fd1b5aeec",
             -148.839012, 19199.8568},
            {"swin_t", "filter=bilinear_plain",
             "150fc6febd0ef2efcdd944a31faf51c9350c9c096a79522ed1bde6eaccf3b570",
             -502.074497, 112895.156}};

static void networks_are_shown_the_same_bits(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof made / sizeof *made; k++) {
        AqExtractor *x = NULL;
        Reading r = {0};
        AqDecoded d;
        char hex[AQ_SHA256_HEX];

        CHECK_OK(aq_extractor_open(&x, made[k].name, "seeded:7", made[k].switches));
        r.x = x;
        CHECK_OK(aq_nn_new(&r.nn, NULL));
        CHECK_OK(aq_sha256_new(&r.shown));
        const AqDecodePlan plan = {.n_inputs = 1,
                                   .inputs = {{aq_extractor_facts(x).input, 2}},
                                   .max_seconds = 60,
                                   .give = read_chunk,
                                   .ctx = &r};
        CHECK_OK(aq_decode_clip(&d, clip, &plan));
        CHECK_OK(aq_sha256_finish(&r.shown, hex));
        assert_int_equal(r.n, SECONDS);
        assert_string_equal(hex, made[k].shown);
        CHECK_NEAR(r.sum, made[k].sum, 0.02, 1e-4); /* products differ by the machine */
        CHECK_NEAR(r.squares, made[k].squares, 0, 1e-4);
        aq_decoded_clear(&d);
        aq_nn_free(&r.nn);
        aq_extractor_close(&x);
    }
}

/* ---- the clip: the same noise in every run, without loss ---- */

static uint32_t next_noise(uint32_t *x)
{
    *x = *x * 1103515245u + 12345u;
    return *x >> 16;
}

static void write_noise(const char *leaf, int n, int is_sound)
{
    uint32_t x = 1;
    FILE *f = fopen(in_dir(leaf), "wb");

    assert_non_null(f);
    for (int k = 0; k < n; k++) {
        const uint32_t v = next_noise(&x);

        if (is_sound) {
            const int s = (int)(v & 0x3fff) - 0x2000;

            (void)fputc(s & 255, f);
            (void)fputc(s >> 8 & 255, f);
        } else {
            (void)fputc((int)(v & 255), f);
        }
    }
    assert_int_equal(fclose(f), 0);
}

static int make_noise(void **state)
{
    if (clips_begin(state) != 0)
        return -1;
    write_noise("p.rgb", SECONDS * WIDE * HIGH * 3, 0);
    write_noise("s.pcm", SECONDS * RATE, 1);
    shell("ffmpeg -v error -f rawvideo -pix_fmt rgb24 -s 96x64 -r 1 -i p.rgb -f s16le "
          "-ar 16000 -ac 1 -i s.pcm -c:v ffv1 -pix_fmt gbrp -c:a pcm_s16le noise.mkv");
    (void)snprintf(clip, sizeof clip, "%s", in_dir("noise.mkv"));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recipes_are_what_they_were),
        cmocka_unit_test(seeded_weights_are_what_they_were),
        cmocka_unit_test(networks_are_shown_the_same_bits)};

    return cmocka_run_group_tests(tests, make_noise, clips_end);
}
