/* SPDX-License-Identifier: MIT */
/* Where libmicrohttpd was not there at the build. */
#include "pipeline/serve/http/http.h"

AqErr aq_http_start(AqHttp **out, const AqHttpPlan *plan)
{
    (void)plan;
    *out = NULL;
    return aq_fail(
        AQ_ERR_UNSUPPORTED,
        "this avqa-pipe was built without libmicrohttpd, so it cannot serve: "
        "install libmicrohttpd-dev and build again");
}

int aq_http_port(const AqHttp *h)
{
    (void)h;
    return 0;
}

void aq_http_refuse(AqHttp *h)
{
    (void)h;
}

int aq_http_n_busy(const AqHttp *h)
{
    (void)h;
    return 0;
}

void aq_http_stop(AqHttp **h)
{
    *h = NULL;
}
