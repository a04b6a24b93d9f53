/* SPDX-License-Identifier: MIT */
/* What avqa-fetch.so gives the program. */
#include "pipeline/fetch/download_module.h"

__attribute__((visibility("default"))) const AqFetchCalls aq_fetch_calls = {
    .module = {.version = AQ_VERSION, .why = aq_err_text}, .download = aq_download};
