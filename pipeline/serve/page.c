/* SPDX-License-Identifier: MIT */
/* The files of the page, which are in the program. */
#include "pipeline/serve/serve_priv.h"

#include <string.h>

typedef struct AqPageFile {
    const char *path, *type; /* path NULL: the end of the list */
    const unsigned char *bytes;
    size_t n;
} AqPageFile;

#include "pipeline/page_data.h" /* files[], made at the build (embed/embed.c) */

void aq_handle_page(const AqRequest *r, AqReply *out)
{
    for (const AqPageFile *f = files; f->path; f++) {
        if (strcmp(f->path, r->path) != 0)
            continue;
        out->type = f->type;
        out->fixed = (const char *)f->bytes;
        out->bytes = (int64_t)f->n;
        return;
    }
    aq_reply_error(out, 404,
                   "there is nothing here: /api/openapi.json says what there is");
}
