/* SPDX-License-Identifier: MIT */
/* .npz: a ZIP archive of .npy files, whose arrays are named without ".npy". */
#include "model/weights/npy_priv.h"
#include "model/weights/zip_priv.h"

#include <string.h>

#define SUFFIX ".npy"
enum { SUFFIX_BYTES = sizeof SUFFIX - 1, LOCAL_BYTES = 30 };

/* The first member's name decides: torch.save's is .../data.pkl. */
static int is_npz(const unsigned char *bytes, size_t n)
{
    if (!aq_zip_is(bytes, n) || n < LOCAL_BYTES)
        return 0;
    const size_t name = aq_little16(bytes + 26);
    return name > SUFFIX_BYTES && name <= n - LOCAL_BYTES &&
           memcmp(bytes + LOCAL_BYTES + name - SUFFIX_BYTES, SUFFIX, SUFFIX_BYTES) == 0;
}

static AqErr read_npz_array(AqZip *z, AqWeights *w, AqZipMember *m)
{
    const size_t n = strlen(m->name);
    const unsigned char *data;
    AqWeight *t;

    if (n <= SUFFIX_BYTES || strcmp(m->name + n - SUFFIX_BYTES, SUFFIX) != 0)
        return aq_weights_add_note(w, "%s is not an array", m->name);
    AqErr err = aq_zip_data(z, w, m, &data);
    if (err == AQ_OK)
        err = aq_weights_add(w, m->name, n - SUFFIX_BYTES, &t);
    if (err == AQ_OK)
        err = aq_npy_parse(t, w->path, data, m->bytes);
    return err == AQ_OK ? err : aq_err_prefix(err, "in %s", m->name);
}

static AqErr read_npz(AqWeights *w)
{
    AqZip *z = aq_arena_alloc(w->arena, 1, sizeof *z);
    AqErr err = z ? aq_zip_open(z, w) : AQ_ERR_NOMEM;

    for (size_t k = 0; err == AQ_OK && k < z->n; k++)
        err = read_npz_array(z, w, &z->v[k]);
    return err;
}

const AqWeightsFormat aq_format_npz = {.name = "npz", .is = is_npz, .read = read_npz};
