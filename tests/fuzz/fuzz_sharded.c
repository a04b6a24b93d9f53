/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer over indices of weights that are spread over several files: the bytes are
 * an index, "1" and "2" beside it are files of one array each. What is read is used,
 * and looked into for a network.
 */
#include "extract/networks/extractor.h"
#include "model/weights/weights_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VALUES = 6 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static char folder[] = "/tmp/aq_fuzz_sharded_XXXXXX";
static const char *const leaves[] = {"1", "2", "all.index.json"};

static const char *path_of(const char *leaf)
{
    static char path[96];

    (void)snprintf(path, sizeof path, "%s/%s", folder, leaf);
    return path;
}

static void need(int done)
{
    if (!done)
        abort();
}

static void put_part(const char *leaf, const char *name)
{
    static const float v[VALUES] = {1, -2.5f, 3, 0.25f, 5, -6};
    AqWeightsWriter *w = NULL;

    need(aq_weights_writer_new(&w) == AQ_OK);
    need(aq_weights_writer_add(w, name, 1, (const int64_t[]){VALUES}, v, AQ_F32) ==
         AQ_OK);
    need(aq_weights_writer_commit(w, path_of(leaf)) == AQ_OK);
    aq_weights_writer_free(&w);
}

static void remove_folder(void)
{
    for (size_t k = 0; k < sizeof leaves / sizeof *leaves; k++)
        (void)unlink(path_of(leaves[k]));
    (void)rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    need(mkdtemp(folder) != NULL);
    (void)atexit(remove_folder);
    put_part("1", "a");
    put_part("2", "b");
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    AqExtractorMatch match;
    AqWeights *w = NULL;
    char hex[AQ_SHA256_HEX];
    float v[VALUES];

    if (!aq_format_sharded.is(bytes, n))
        return 0;
    FILE *f = fopen(path_of(leaves[2]), "wb");
    need(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
    if (aq_weights_open(&w, path_of(leaves[2])) != AQ_OK)
        return 0;
    for (size_t k = 0; k < aq_weights_n(w); k++)
        need(aq_weight_to_floats(aq_weights_at(w, k), 0, VALUES, v) == AQ_OK);
    need(aq_weights_check(w) == AQ_OK);
    need(aq_weights_sha256(w, hex) == AQ_OK);
    (void)!aq_extractor_identify(w, &match);
    aq_weights_unref(&w);
    return 0;
}
