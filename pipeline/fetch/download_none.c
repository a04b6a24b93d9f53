/* SPDX-License-Identifier: MIT */
#include "pipeline/fetch/download.h"

AqErr aq_download(AqDownload *d)
{
    return aq_fail(AQ_ERR_UNSUPPORTED,
                   "%s: this program was built without libcurl; download the file by "
                   "other means, and `avqa-pipe weights import` it",
                   d->url);
}
