/* SPDX-License-Identifier: MIT */
/* Valid names of videos and data sets, and the names in older stores. */
#include "base/text/names.h"
#include "base/alloc.h"
#include "base/text/text.h"
#include "store/store_priv.h"

AqErr aq_store_check_name(const char *name, size_t bytes)
{
    if (bytes < 1 || bytes > AQ_STORE_MAX_NAME)
        return aq_fail(AQ_ERR_FORMAT, "a video's name has 1 to %d bytes, not %zu",
                       AQ_STORE_MAX_NAME, bytes);
    for (size_t k = 0; k < bytes; k++)
        if (name[k] == '/' || (unsigned char)name[k] < 32 || name[k] == 127)
            return aq_fail(AQ_ERR_FORMAT,
                           "\"%s\" cannot name a video: it holds a slash or a control "
                           "character; rename the file",
                           aq_text_shown(name));
    if (name[0] == '.' && (bytes == 1 || (bytes == 2 && name[1] == '.')))
        return aq_fail(AQ_ERR_FORMAT, "\"%.*s\" cannot name a video", (int)bytes, name);
    return AQ_OK;
}

/* The first video after `after` whose name is not plain ASCII; *id 0: none. */
static AqErr next_odd_name(AqStore *s, int64_t after, int64_t *id, char **name)
{
    AqQuery q = aq_query_of(s, "SELECT id, name FROM videos WHERE id > ?1 AND "
                               "name GLOB '*[^ -~]*' ORDER BY id LIMIT 1");

    *id = 0;
    *name = NULL;
    aq_query_int(&q, 1, after);
    if (aq_query_step(&q)) {
        *id = aq_row_int(&q, 0, after + 1, INT64_MAX);
        *name = aq_name_nfc(aq_row_text(&q, 1, AQ_STORE_MAX_TEXT));
        if (!*name)
            q.err = AQ_ERR_NOMEM;
    }
    return aq_query_end(&q);
}

AqErr aq_names_compose(AqStore *s)
{
    AqErr err = AQ_OK;

    for (int64_t id = INT64_MIN; err == AQ_OK && id != 0;) {
        char *name = NULL;

        err = next_odd_name(s, id, &id, &name);
        if (err == AQ_OK && id != 0) { /* if both spellings exist, both stay */
            AqQuery q =
                aq_query_of(s, "UPDATE OR IGNORE videos SET name = ?2 WHERE id = ?1");

            aq_query_int(&q, 1, id);
            aq_query_text(&q, 2, name);
            aq_query_run(&q);
            err = aq_query_end(&q);
        }
        aq_free(name);
    }
    return err;
}
