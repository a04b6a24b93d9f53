/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer over one reader of weight files, the one of -DREADER: opens the bytes,
 * reads every value, compares checksums and looks for a network. TensorFlow V2 has two
 * files: two bytes of length, the index, the data.
 */
#include "extract/networks/extractor.h"
#include "model/weights/weights_priv.h"

#include <string.h>

#define PASTE(a, b) a##b
#define FORMAT(r)   PASTE(aq_format_, r)

enum { PIECE = 97 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void read_values(const AqWeights *w)
{
    float out[PIECE];

    for (size_t k = 0; k < aq_weights_n(w); k++) {
        const AqWeight *t = aq_weights_at(w, k);
        AqErr err = AQ_OK;

        for (size_t at = 0; err == AQ_OK && at < t->count; at += PIECE)
            err = aq_weight_to_floats(
                t, at, t->count - at < PIECE ? t->count - at : PIECE, out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const AqWeightsFormat *format = &FORMAT(READER);
    AqMap file = {.bytes = bytes, .n = n}, data = {0};
    char hex[AQ_SHA256_HEX];
    AqExtractorMatch match;
    AqWeights *w = NULL;

    if (format == &aq_format_tf_v2) {
        if (n < 2)
            return 0;
        const size_t index = (size_t)aq_little16(bytes) % (n - 1);
        file = (AqMap){.bytes = bytes + 2, .n = index};
        data = (AqMap){.bytes = bytes + 2 + index, .n = n - 2 - index};
    }
    if (file.n == 0 || !format->is(file.bytes, file.n) ||
        aq_weights_open_bytes(&w, "fuzzed", format, file, data) != AQ_OK)
        return 0;
    read_values(w);
    (void)!aq_weights_check(w);
    (void)!aq_weights_content_sha256(w, hex);
    (void)!aq_extractor_identify(w, &match);
    aq_weights_unref(&w);
    return 0;
}
