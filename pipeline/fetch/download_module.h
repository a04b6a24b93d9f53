/* download.h as a table: it is loaded with libcurl when something is downloaded. */
#ifndef AQ_PIPELINE_FETCH_DOWNLOAD_MODULE_H
#define AQ_PIPELINE_FETCH_DOWNLOAD_MODULE_H
#include "base/fs/module.h"
#include "pipeline/fetch/download.h"

#define AQ_FETCH_MODULE "avqa-fetch.so"
#define AQ_FETCH_TABLE  "aq_fetch_calls"

typedef struct AqFetchCalls {
    AqModule module; /* first */
    AqErr (*download)(AqDownload *d);
} AqFetchCalls;

extern const AqFetchCalls aq_fetch_calls;

#endif
