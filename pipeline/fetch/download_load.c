/* SPDX-License-Identifier: MIT */
/* Downloading in the program: libcurl and the libraries that it needs are loaded with
 * avqa-fetch.so (download.c), once something is downloaded. */
#include "pipeline/fetch/download_module.h"

AqErr aq_download(AqDownload *d)
{
    const AqModule *m = NULL;
    const AqErr err = aq_module_open(&m, AQ_FETCH_MODULE, AQ_FETCH_TABLE);

    if (err != AQ_OK)
        return aq_fail(err,
                       "%s: this program was built without libcurl, or the part that "
                       "uses it is gone (%s); download the file by other means%s",
                       d->url, aq_err_text(), d->by_hand ? d->by_hand : "");
    return aq_module_err(m, ((const AqFetchCalls *)(const void *)m)->download(d));
}
