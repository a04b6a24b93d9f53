/*
 * ZIP archives in memory (PKWARE APPNOTE 6.3.10: 4.3.7 local header, 4.3.12 central
 * directory, 4.3.14 and 4.5.3 ZIP64), the subset that torch.save and numpy.savez write:
 * one disk, no encryption, members stored or deflated. A stored member is used in
 * place; zlib inflates the others into the arena.
 */
#ifndef AQ_MODEL_WEIGHTS_ZIP_PRIV_H
#define AQ_MODEL_WEIGHTS_ZIP_PRIV_H
#include "model/weights/weights_priv.h"

typedef struct AqZipMember {
    const char *name; /* in the arena */
    const unsigned char *packed;
    size_t packed_bytes, bytes; /* compressed; uncompressed */
    uint32_t crc;
    int deflated;
    const unsigned char *data; /* set by aq_zip_data() */
} AqZipMember;

typedef struct AqZip {
    AqZipMember *v; /* in the archive's order */
    AqZipMember **by_name;
    size_t n;
    uint64_t inflated; /* bytes so far */
} AqZip;

int aq_zip_is(const unsigned char *bytes, size_t n);

/* Reads the directory of w->file; duplicate names, overlapping members and members
 * outside the file are AQ_ERR_FORMAT. All memory is from w's arena. */
AQ_MUST_CHECK AqErr aq_zip_open(AqZip *z, AqWeights *w);

AqZipMember *aq_zip_find(const AqZip *z, const char *name); /* or NULL */

/* The member's bytes. The total inflated size is bounded by the file's size: an archive
 * that exceeds it is refused before any memory is allocated. */
AQ_MUST_CHECK AqErr aq_zip_data(AqZip *z, AqWeights *w, AqZipMember *m,
                                const unsigned char **data);

/* Compares every member's CRC-32. Needs w->reader to be the AqZip. */
AQ_MUST_CHECK AqErr aq_zip_check(const AqWeights *w);

#endif
