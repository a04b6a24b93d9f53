/* SPDX-License-Identifier: MIT */
#include "pipeline/exchange/formats/npy_write.h"

#include "base/fs/fs.h"
#include "model/weights/npy.h"

#include <stdio.h>
#include <string.h>

size_t aq_npy_head(unsigned char head[AQ_NPY_HEAD], AqDtype dtype, int n_dims,
                   const int64_t *dims)
{
    enum { BEFORE = 10 };
    char *text = (char *)head + BEFORE;
    const size_t room = AQ_NPY_HEAD - BEFORE;
    int n = snprintf(text, room, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                     aq_npy_descr(dtype));

    memcpy(head, "\x93NUMPY\x01", 8);
    for (int k = 0; k < n_dims; k++) /* as Python prints a tuple */
        n += snprintf(text + n, room - (size_t)n, "%s%lld%s", k ? ", " : "",
                      (long long)dims[k], n_dims == 1 ? "," : "");
    n += snprintf(text + n, room - (size_t)n, "), }");
    while ((n + 1 + BEFORE) % 64 != 0)
        text[n++] = ' ';
    text[n++] = '\n';
    head[8] = (unsigned char)(n & 255);
    head[9] = (unsigned char)(n >> 8);
    return (size_t)n + BEFORE;
}

AqErr aq_npy_write(const char *path, int n_dims, const int64_t *dims, const float *data)
{
    unsigned char head[AQ_NPY_HEAD];
    const size_t n = aq_npy_head(head, AQ_F32, n_dims, dims);
    AqFsWriter f;
    size_t count = 1;

    for (int k = 0; k < n_dims; k++)
        count *= (size_t)dims[k];
    AqErr err = aq_fs_write_begin(&f, path);
    if (err != AQ_OK)
        return err;
    err = aq_fs_write(&f, head, n);
    if (err == AQ_OK)
        err = aq_fs_write(&f, data, count * sizeof *data);
    if (err == AQ_OK)
        return aq_fs_write_commit(&f);
    aq_fs_write_abort(&f);
    return err;
}
