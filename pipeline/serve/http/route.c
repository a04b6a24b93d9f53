/* SPDX-License-Identifier: MIT */
/* Which row of a table of routes a request is for. */
#include "pipeline/serve/http/http.h"

#include <string.h>

/* Does the path have the pattern's parts, and fit into the request? */
static int match_route(const char *pattern, const char *path,
                       char arg[AQ_HTTP_MOST_ARGS][128])
{
    int n = 0;

    for (; *pattern; pattern++) {
        if (*pattern != '*') {
            if (*pattern != *path++)
                return 0;
            continue;
        }
        const size_t bytes = strcspn(path, "/");
        if (bytes == 0 || bytes >= sizeof arg[0] || n == AQ_HTTP_MOST_ARGS)
            return 0;
        memcpy(arg[n], path, bytes);
        arg[n++][bytes] = 0;
        path += bytes;
    }
    return *path == 0;
}

const AqHttpRoute *aq_http_route(const AqHttpRoute *table, AqRequest *r, int *status)
{
    *status = 404;
    for (const AqHttpRoute *row = table; row->path; row++) {
        if (!match_route(row->path, r->path, r->arg))
            continue;
        if (row->method == r->method)
            return row;
        *status = 405;
    }
    return NULL;
}
