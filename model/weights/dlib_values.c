/* SPDX-License-Identifier: MIT */
#include "model/weights/dlib_priv.h"

#include <math.h>
#include <string.h>

enum { NEGATIVE = 0x80, LENGTH = 0x0F, TENSOR_VERSION = 2, PART_VERSION = 1 };
#define NO_NUMBER 32000 /* exponents from here on: infinities and NaN */

void aq_dlib_fail(AqDlibCursor *c, const char *what)
{
    if (c->err == AQ_OK)
        c->err = aq_fail(AQ_ERR_FORMAT, "%s: %s; the file is damaged or cut short",
                         c->w->path, what);
}

/* n bytes, or NULL and an error. */
static const unsigned char *take_bytes(AqDlibCursor *c, uint64_t n)
{
    const unsigned char *p = c->w->file.bytes + c->at;

    if (c->err != AQ_OK)
        return NULL;
    if (n > c->w->file.n - c->at) {
        aq_dlib_fail(c, "ends within a dlib network");
        return NULL;
    }
    c->at += (size_t)n;
    return p;
}

/* A byte with the sign and how many follow, least first. */
int64_t aq_dlib_int(AqDlibCursor *c)
{
    const unsigned char *head = take_bytes(c, 1);
    uint64_t v = 0;

    if (!head)
        return 0;
    const unsigned n = *head & LENGTH;
    if (n < 1 || n > 8) {
        aq_dlib_fail(c, "has a number of no bytes or of more than eight");
        return 0;
    }
    const unsigned char *p = take_bytes(c, n);
    for (unsigned k = 0; p && k < n; k++)
        v |= (uint64_t)p[k] << (8 * k);
    if (v > INT64_MAX) {
        aq_dlib_fail(c, "has a number that is too large");
        return 0;
    }
    return *head & NEGATIVE ? -(int64_t)v : (int64_t)v;
}

int aq_dlib_flag(AqDlibCursor *c)
{
    const unsigned char *p = take_bytes(c, 1);

    if (p && *p != '0' && *p != '1')
        aq_dlib_fail(c, "has something else where 0 or 1 should be");
    return p && *p == '1';
}

double aq_dlib_real(AqDlibCursor *c)
{
    const int64_t mantissa = aq_dlib_int(c), exponent = aq_dlib_int(c);

    if (exponent >= NO_NUMBER)
        return NAN;
    return exponent < -NO_NUMBER ? 0 : ldexp((double)mantissa, (int)exponent);
}

static const unsigned char *take_text(AqDlibCursor *c, int64_t *n)
{
    *n = aq_dlib_int(c);
    if (*n < 0)
        aq_dlib_fail(c, "has a text of a negative length");
    return take_bytes(c, (uint64_t)*n);
}

void aq_dlib_text(AqDlibCursor *c, char text[AQ_DLIB_TEXT])
{
    static const char taken[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789_<>.";
    int64_t n;
    const unsigned char *p = take_text(c, &n);

    text[0] = '\0';
    if (!p)
        return;
    if (n < AQ_DLIB_TEXT) {
        memcpy(text, p, (size_t)n);
        text[n] = '\0';
    }
    if (n == 0 || n >= AQ_DLIB_TEXT || strspn(text, taken) != (size_t)n) {
        text[0] = '\0';
        aq_dlib_fail(c, "has something else where the name of a layer should be");
    }
}

void aq_dlib_skip_text(AqDlibCursor *c)
{
    int64_t n;

    (void)take_text(c, &n);
}

void aq_dlib_tensor(AqDlibCursor *c, AqDlibTensor *out)
{
    int64_t dims[AQ_DLIB_DIMS];
    const int64_t version = aq_dlib_int(c);

    *out = (AqDlibTensor){0};
    for (int k = 0; k < AQ_DLIB_DIMS; k++)
        dims[k] = aq_dlib_int(c);
    if (c->err != AQ_OK)
        return;
    if (version != TENSOR_VERSION) {
        aq_dlib_fail(c, "has something else where a tensor should be");
        return;
    }
    const int64_t n = aq_weights_count(
        dims, AQ_DLIB_DIMS, (int64_t)((c->w->file.n - c->at) / sizeof(float)));
    if (n < 0)
        aq_dlib_fail(c, "has a tensor of more values than the file can hold");
    else
        *out = (AqDlibTensor){.count = n,
                              .data = take_bytes(c, (uint64_t)n * sizeof(float))};
}

void aq_dlib_part(AqDlibCursor *c, int64_t dims[AQ_DLIB_DIMS])
{
    const int64_t version = aq_dlib_int(c);

    for (int k = 0; k < AQ_DLIB_DIMS; k++)
        dims[k] = aq_dlib_int(c);
    if (version != PART_VERSION)
        aq_dlib_fail(c, "has something else where the sizes of a part should be");
}
