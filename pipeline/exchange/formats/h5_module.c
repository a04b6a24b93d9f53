/* SPDX-License-Identifier: MIT */
/* What avqa-hdf5.so gives the program. */
#include "pipeline/exchange/formats/h5_module.h"

#include "base/alloc.h"

__attribute__((visibility("default"))) const AqHdf5Calls aq_hdf5_calls = {
    .module = {.version = AQ_VERSION, .why = aq_err_text},
    .create = aq_hdf5_create,
    .put = aq_hdf5_put,
    .put_row = aq_hdf5_put_row,
    .put_text = aq_hdf5_put_text,
    .finish = aq_hdf5_finish,
    .open = aq_hdf5_open,
    .n = aq_hdf5_n,
    .at = aq_hdf5_at,
    .floats = aq_hdf5_floats,
    .row_floats = aq_hdf5_row_floats,
    .integers = aq_hdf5_integers,
    .text = aq_hdf5_text,
    .free_text = aq_free,
    .close = aq_hdf5_close};
