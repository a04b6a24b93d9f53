/*
 * Writes ZIP archives sequentially (PKWARE APPNOTE 6.3.10) as numpy.savez does: members
 * uncompressed, with ZIP64 fields if an offset or the number of members needs them.
 * Timestamps are the format's earliest, so that equal members give equal bytes.
 */
#ifndef AQ_PIPELINE_EXCHANGE_FORMATS_ZIP_WRITE_H
#define AQ_PIPELINE_EXCHANGE_FORMATS_ZIP_WRITE_H
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

typedef AqErr (*AqZipPut)(void *ctx, const void *data, size_t bytes);

typedef struct AqZipWriter {
    AqZipPut put; /* receives the archive's bytes in order */
    void *ctx;
    uint64_t at; /* bytes so far */
    uint64_t n;  /* members so far */
    unsigned char *directory;
    size_t used, room;
} AqZipWriter;

/* Writes one member in two parts (a header and the data after it), under 4 GB in all.
 */
AQ_MUST_CHECK AqErr aq_zip_put(AqZipWriter *z, const char *name, const void *head,
                               size_t head_bytes, const void *data, size_t data_bytes);
/* Writes the directory. */
AQ_MUST_CHECK AqErr aq_zip_put_end(AqZipWriter *z);
void aq_zip_writer_clear(AqZipWriter *z);

#endif
