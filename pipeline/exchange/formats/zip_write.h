/*
 * ZIP archives written from front to end (PKWARE APPNOTE 6.3.10), members stored, with
 * ZIP64 fields where an offset or the number of members needs them: what numpy.savez
 * writes. Times are the format's first, so that equal members give equal bytes.
 */
#ifndef AQ_PIPELINE_EXCHANGE_FORMATS_ZIP_WRITE_H
#define AQ_PIPELINE_EXCHANGE_FORMATS_ZIP_WRITE_H
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

typedef AqErr (*AqZipPut)(void *ctx, const void *data, size_t bytes);

typedef struct AqZipWriter {
    AqZipPut put; /* takes the archive's bytes in order */
    void *ctx;
    uint64_t at; /* bytes so far */
    uint64_t n;  /* members so far */
    unsigned char *directory;
    size_t used, room;
} AqZipWriter;

/* One member of two parts (a header and the data behind it), of less than 4 GB. */
AQ_MUST_CHECK AqErr aq_zip_put(AqZipWriter *z, const char *name, const void *head,
                               size_t head_bytes, const void *data, size_t data_bytes);
/* Writes the directory. */
AQ_MUST_CHECK AqErr aq_zip_put_end(AqZipWriter *z);
void aq_zip_writer_clear(AqZipWriter *z);

#endif
