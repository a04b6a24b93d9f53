/* SPDX-License-Identifier: MIT */
#include "pipeline/fetch/published.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/nearest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CLIP(digest, leaf)                                                             \
    "https://openaipublic.azureedge.net/clip/models/" digest "/" leaf, digest
#define PYTORCH(leaf, digest)                                                          \
    "https://download.pytorch.org/models/" leaf "-" digest ".pth", digest
#define MICROSOFT(leaf)                                                                \
    "https://github.com/SwinTransformer/storage/releases/download/v1.0.0/" leaf
#define TORCHVGGISH(leaf, digest)                                                      \
    "https://github.com/harritaylor/torchvggish/releases/download/v0.1/" leaf          \
    "-" digest ".pth",                                                                 \
        digest

/*
 * Addresses and digests are those in the code that downloads the files for its own
 * users: torchvggish's hubconf.py, torchvision's weights, clip/clip.py; for Swin 384
 * and InternVideo2 those of the files' pointers in Git LFS. Names of PyTorch's files
 * end in the first eight digits.
 */
static const AqPublished known[] = {
    {"vggish", "VGGish of AudioSet's authors, for PyTorch", "Apache-2.0",
     TORCHVGGISH("vggish", "10086976"), 288, ""},
    {"vggish_pca", "VGGish's PCA and quantisation", "Apache-2.0",
     TORCHVGGISH("vggish_pca_params", "970ea276"), 0.2, ""},
    {"yamnet", "YAMNet of AudioSet's authors, by Keras", "Apache-2.0",
     "https://storage.googleapis.com/audioset/yamnet.h5", "", 15, ""},
    {"swin_t", "Swin-T, ImageNet-1k, by torchvision", "BSD-3-Clause",
     PYTORCH("swin_t", "704ceda3"), 108, ""},
    {"swin_s", "Swin-S, ImageNet-1k, by torchvision", "BSD-3-Clause",
     PYTORCH("swin_s", "5e29d889"), 190, ""},
    {"swin_b", "Swin-B, ImageNet-1k, by torchvision", "BSD-3-Clause",
     PYTORCH("swin_b", "68c6b09e"), 335, ""},
    {"swin_b_384", "Swin-B at 384, ImageNet-22k then 1k, by its authors", "MIT",
     MICROSOFT("swin_base_patch4_window12_384_22kto1k.pth"),
     "0f6f7d28cb1ddf43af5583163310b29cb3805a32044f226025352494702c606e", 365, ""},
    {"swin_l_384", "Swin-L at 384, ImageNet-22k then 1k, by its authors", "MIT",
     MICROSOFT("swin_large_patch4_window12_384_22kto1k.pth"),
     "30762928cd6ee9229e24e26e200951b8fe635799b67db016ba747fa653b64db9", 801, ""},
    {"clip_vit_b32", "CLIP ViT-B/32, both towers, by OpenAI", "MIT",
     CLIP("40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af",
          "ViT-B-32.pt"),
     354, "clip_vocabulary"},
    {"clip_vit_b16", "CLIP ViT-B/16, both towers, by OpenAI", "MIT",
     CLIP("5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f",
          "ViT-B-16.pt"),
     351, "clip_vocabulary"},
    {"clip_vit_l14", "CLIP ViT-L/14, both towers, by OpenAI", "MIT",
     CLIP("b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836",
          "ViT-L-14.pt"),
     933, "clip_vocabulary"},
    {"clip_vit_l14_336", "CLIP ViT-L/14 at 336, both towers, by OpenAI", "MIT",
     CLIP("3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02",
          "ViT-L-14-336px.pt"),
     934, "clip_vocabulary"},
    {"clip_vocabulary", "the byte-pair vocabulary of CLIP's tokenizer", "MIT",
     "https://github.com/openai/CLIP/raw/main/clip/bpe_simple_vocab_16e6.txt.gz",
     "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a", 1.4, ""},
    {"resnet18", "ResNet-18, ImageNet-1k, by torchvision", "BSD-3-Clause",
     PYTORCH("resnet18", "f37072fd"), 47, ""},
    {"resnet34", "ResNet-34, ImageNet-1k, by torchvision", "BSD-3-Clause",
     PYTORCH("resnet34", "b627a593"), 87, ""},
    {"resnet50", "ResNet-50, ImageNet-1k, by torchvision", "BSD-3-Clause",
     PYTORCH("resnet50", "0676ba61"), 103, ""},
    {"resnet101", "ResNet-101, ImageNet-1k, by torchvision", "BSD-3-Clause",
     PYTORCH("resnet101", "63fe2227"), 179, ""},
    {"resnet152", "ResNet-152, ImageNet-1k, by torchvision", "BSD-3-Clause",
     PYTORCH("resnet152", "394f9c45"), 242, ""},
    {"r2plus1d_18", "R(2+1)D-18, Kinetics-400, by torchvision", "BSD-3-Clause",
     PYTORCH("r2plus1d_18", "91a641e6"), 126, ""},
    {"internvideo2_b", "InternVideo2-B, distilled from the 1B, stage 2",
     "not stated (OpenGVLab)",
     "https://huggingface.co/OpenGVLab/InternVideo2_distillation_models/resolve/main/"
     "stage1/B14/B14_dist_1B_stage2/pytorch_model.bin",
     "1037a4785a830f9d663cab72da5751129e012042e428a74e019f84f016cd0be7", 205, ""},
    {"internvideo2_1b", "InternVideo2-1B's vision encoder, stage 2, bf16", "Apache-2.0",
     "https://huggingface.co/OpenGVLab/Video_Encoders_for_Training_VideoChat-Flash/"
     "resolve/main/InternVideo2-1B_f4_vision.pt",
     "bd7b798b5a4255eb3c208cc0e367ed0eabf1bd8414a6862823cf31ab19d2d560", 2820, ""},
};

#define MUSIC_AVQA(leaf)                                                               \
    "music-avqa", "MUSIC-AVQA's questions, updated: " leaf,                            \
        "GPL-3.0, its project's; the data's own is not stated",                        \
        "https://github.com/GeWu-Lab/MUSIC-AVQA/raw/main/data/json_update/avqa-" leaf  \
        ".json",                                                                       \
        "", 0, ""

/*
 * Annotation files; those of one data set have its name. The addresses are of the
 * folder that the authors' page names; no digests are published.
 */
static const AqPublished known_data[] = {
    {MUSIC_AVQA("train")},
    {MUSIC_AVQA("val")},
    {MUSIC_AVQA("test")},
};

enum { FIELDS = 7, LEAST_DIGITS = 8, MOST_DIGITS = 64, MOST_BYTES = 1 << 20 };

/* ---- a list from a file ---- */

/* Cuts the line at its tabs; the number of fields. */
static int cut_fields(char *line, char *field[FIELDS])
{
    int n = 0;

    for (char *at = line; at;) {
        char *tab = strchr(at, '\t');

        if (n < FIELDS)
            field[n] = at;
        n++;
        if (tab)
            *tab = 0;
        at = tab ? tab + 1 : NULL;
    }
    return n;
}

static int are_digest_digits(const char *text)
{
    const size_t n = strspn(text, "0123456789abcdef");

    return text[n] == 0 && (n == 0 || (n >= LEAST_DIGITS && n <= MOST_DIGITS));
}

static AqErr read_published(AqPublished *out, char *line, const char *path, int number)
{
    char *f[FIELDS], *end = NULL;
    const int n = cut_fields(line, f);

    if (n != FIELDS)
        return aq_fail(
            AQ_ERR_FORMAT,
            "%s:%d: has %d fields between tabs, not 7: name, about, licence, "
            "address, SHA-256, megabytes, vocabulary",
            path, number, n);
    errno = 0;
    const double megabytes = *f[5] ? strtod(f[5], &end) : 0;
    if (!*f[0] || !strstr(f[3], "://") || !are_digest_digits(f[4]) || (end && *end) ||
        !(megabytes >= 0 && megabytes < 1e9))
        return aq_fail(
            AQ_ERR_FORMAT,
            "%s:%d: is no published file's line: it needs a name, an address, "
            "at least 8 digits of a SHA-256 in lower case or none, and a "
            "number of megabytes or none",
            path, number);
    *out = (AqPublished){.name = f[0],
                         .about = f[1],
                         .licence = f[2],
                         .url = f[3],
                         .sha256 = f[4],
                         .megabytes = megabytes,
                         .vocabulary = f[6]};
    return AQ_OK;
}

static AqErr read_published_list(AqPublishedList *l, const char *path)
{
    int number = 0;

    for (char *line = l->text; line && *line; number++) {
        char *next = strchr(line, '\n');

        if (next)
            *next++ = 0;
        line[strcspn(line, "\r")] = 0;
        if (*line && *line != '#') {
            AqPublished *v = aq_grow(l->own, l->n, sizeof *v);

            if (!v)
                return AQ_ERR_NOMEM;
            l->v = l->own = v;
            const AqErr err = read_published(&v[l->n], line, path, number + 1);
            if (err != AQ_OK)
                return err;
            l->n++;
        }
        line = next;
    }
    return l->n > 0 ? AQ_OK : aq_fail(AQ_ERR_FORMAT, "%s: names no file", path);
}

AqErr aq_published_open(AqPublishedList *out, AqPublishedKind kind, const char *path)
{
    size_t bytes;

    *out = kind == AQ_PUBLISHED_DATA
               ? (AqPublishedList){.v = known_data,
                                   .n = sizeof known_data / sizeof *known_data}
               : (AqPublishedList){.v = known, .n = sizeof known / sizeof *known};
    if (!path)
        return AQ_OK;
    *out = (AqPublishedList){.n = 0};
    const AqErr err = aq_fs_read(path, MOST_BYTES, &out->text, &bytes);
    return err == AQ_OK ? read_published_list(out, path) : err;
}

void aq_published_clear(AqPublishedList *l)
{
    aq_free(l->own);
    aq_free(l->text);
    *l = (AqPublishedList){.n = 0};
}

/* ---- finding ---- */

AqErr aq_published_find(const AqPublishedList *l, const char *name,
                        const AqPublished **out)
{
    AqNearest near = {.word = name};

    for (size_t k = 0; k < l->n; k++) {
        *out = &l->v[k];
        if (strcmp(l->v[k].name, name) == 0)
            return AQ_OK;
        aq_nearest_try(&near, l->v[k].name);
    }
    *out = NULL;
    if (near.best)
        return aq_fail(AQ_ERR_USAGE,
                       "no published weights are called '%s'; did you "
                       "mean %s?",
                       name, near.best);
    return aq_fail(AQ_ERR_USAGE,
                   "no published weights are called '%s'; `avqa-pipe "
                   "weights fetch` lists them",
                   name);
}

int aq_published_is_vocabulary(const AqPublishedList *l, const AqPublished *p)
{
    for (size_t k = 0; k < l->n; k++)
        if (strcmp(l->v[k].vocabulary, p->name) == 0)
            return 1;
    return 0;
}
