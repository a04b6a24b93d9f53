/*
 * ZIP archives in memory (PKWARE APPNOTE 6.3.10: 4.3.7 local header, 4.3.12 central
 * directory, 4.3.14 and 4.5.3 ZIP64), as far as torch.save and numpy.savez write them:
 * one disk, no encryption, members stored or deflated. A stored member stays where it
 * lies; zlib inflates the others into the arena.
 */
#ifndef AQ_MODEL_WEIGHTS_ZIP_PRIV_H
#define AQ_MODEL_WEIGHTS_ZIP_PRIV_H
#include "model/weights/weights_priv.h"

typedef struct AqZipMember {
    const char *name; /* in the arena */
    const unsigned char *packed;
    size_t packed_bytes, bytes; /* as stored; as read */
    uint32_t crc;
    int deflated;
    const unsigned char *data; /* once aq_zip_data() was asked */
} AqZipMember;

typedef struct AqZip {
    AqZipMember *v; /* in the archive's order */
    AqZipMember **by_name;
    size_t n;
    uint64_t inflated; /* bytes so far */
} AqZip;

int aq_zip_is(const unsigned char *bytes, size_t n);

/* Reads the directory of w->file; two members of one name, members that overlap and
 * members outside of the file are AQ_ERR_FORMAT. All memory is w's arena's. */
AQ_MUST_CHECK AqErr aq_zip_open(AqZip *z, AqWeights *w);

AqZipMember *aq_zip_find(const AqZip *z, const char *name); /* or NULL */

/* The member's bytes. What all members inflate to is bounded by the file's size: an
 * archive that wants more is refused before it is given memory. */
AQ_MUST_CHECK AqErr aq_zip_data(AqZip *z, AqWeights *w, AqZipMember *m,
                                const unsigned char **data);

/* Compares every member's CRC-32. Needs w->reader to be the AqZip. */
AQ_MUST_CHECK AqErr aq_zip_check(const AqWeights *w);

#endif
