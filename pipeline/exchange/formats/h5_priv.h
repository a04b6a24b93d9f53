/* Shared by the HDF5 reader and writer; the only header that includes the library's. */
#ifndef AQ_PIPELINE_EXCHANGE_FORMATS_H5_PRIV_H
#define AQ_PIPELINE_EXCHANGE_FORMATS_H5_PRIV_H
#include "pipeline/exchange/formats/h5_file.h"

#include <hdf5.h> /* the library's */

struct AqHdf5 {
    char *path;
    hid_t file;
    AqWeight *v; /* reading; names owned */
    size_t n;
    AqErr err; /* while listing datasets */
};

/* A handle without a file. Silences the library's own messages. */
AQ_MUST_CHECK AqErr aq_hdf5_new(AqHdf5 **out, const char *path);

/* "path: what (HDF5: the library's innermost reason)". */
AqErr aq_hdf5_fault(const AqHdf5 *h, AqErr code, const char *what);

/* IEEE half precision, little-endian. The caller closes it. */
hid_t aq_hdf5_half_type(void);

/* The file's space with entry `row` of the first dimension chosen, and *memory for it
 * alone; both invalid if there is none. The caller closes them. */
hid_t aq_hdf5_row_of(hid_t set, int64_t row, hid_t *memory);

/* UTF-8 text of `bytes` bytes, or H5T_VARIABLE. The caller closes it. */
hid_t aq_hdf5_text_type(size_t bytes);

#endif
