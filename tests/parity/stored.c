/* SPDX-License-Identifier: MIT */
#include "tests/parity/stored.h"

#include "base/alloc.h"
#include "model/weights/npy.h"
#include "tests/unit/check.h"

#include <unistd.h>

#define TOL 1e-3

float *aq_stored_load(const char *name, size_t *n)
{
    char path[512];
    AqNpy a;

    (void)snprintf(path, sizeof path, "%s/reference/%s", TEST_DATA, name);
    CHECK_OK(aq_npy_read(&a, path));
    float *v = aq_alloc(a.count, sizeof *v);
    assert_non_null(v);
    aq_npy_to_floats(&a, v);
    *n = a.count;
    aq_npy_clear(&a);
    return v;
}

void aq_stored_compare(const float *have, const float *want, size_t n)
{
    double worst = 0;

    for (size_t k = 0; k < n; k++) {
        CHECK_NEAR(have[k], want[k], TOL, 0);
        worst = fmax(worst, fabs((double)have[k] - (double)want[k]));
    }
    print_message("largest difference %.2g over %zu values\n", worst, n);
}

void aq_stored_temp_path(char *path, size_t bytes, const char *leaf)
{
    (void)snprintf(path, bytes, "/tmp/aq_parity_%ld_%s.safetensors", (long)getpid(),
                   leaf);
}
