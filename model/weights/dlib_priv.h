/*
 * dlib's serialisation (dlib/serialize.h, float_details.h, cuda/tensor.h), as its
 * networks are saved: numbers in as many bytes as they need, text behind its length,
 * tensors of little-endian float32 behind their four sizes. Reading stops at the first
 * error, which stays; what is read after it is 0.
 */
#ifndef AQ_MODEL_WEIGHTS_DLIB_PRIV_H
#define AQ_MODEL_WEIGHTS_DLIB_PRIV_H
#include "base/err.h"
#include "model/weights/weights_priv.h"

typedef struct AqDlibCursor {
    const AqWeights *w; /* whose w->file is read */
    size_t at;
    AqErr err;
} AqDlibCursor;

enum { AQ_DLIB_DIMS = 4, AQ_DLIB_TEXT = 64 };

typedef struct AqDlibTensor {
    int64_t count; /* of its values, which are all in the file */
    const unsigned char *data;
} AqDlibTensor;

/* AQ_ERR_FORMAT, "<file>: <what>; ...": damaged or cut short. */
void aq_dlib_fail(AqDlibCursor *c, const char *what);

int64_t aq_dlib_int(AqDlibCursor *c);
int aq_dlib_flag(AqDlibCursor *c);
/* Not finite where the file says so. */
double aq_dlib_real(AqDlibCursor *c);

/* Letters, digits and _<>. alone, at most AQ_DLIB_TEXT - 1 of them. */
void aq_dlib_text(AqDlibCursor *c, char text[AQ_DLIB_TEXT]);
void aq_dlib_skip_text(AqDlibCursor *c); /* any */

void aq_dlib_tensor(AqDlibCursor *c, AqDlibTensor *out);
/* The sizes of a part of a tensor (alias_tensor). */
void aq_dlib_part(AqDlibCursor *c, int64_t dims[AQ_DLIB_DIMS]);

#endif
