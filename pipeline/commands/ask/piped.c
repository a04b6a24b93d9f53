/* SPDX-License-Identifier: MIT */
/* A clip that comes through standard input: decoding has to seek in it, so it is kept
 * in a file while it is asked about. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "pipeline/commands/ask/ask_priv.h"
#include "pipeline/parallel/interrupt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIPED_CHUNK = 1 << 16 };

static AqErr copy_piped(AqFsWriter *w)
{
    char *chunk = aq_alloc(1, PIPED_CHUNK);
    size_t total = 0;
    AqErr err = chunk ? AQ_OK : AQ_ERR_NOMEM;

    while (err == AQ_OK) {
        const size_t n = fread(chunk, 1, PIPED_CHUNK, stdin);

        if (aq_interrupted())
            err = aq_fail(AQ_ERR_CANCELLED, "stopped on request");
        else if (n == 0)
            break;
        else
            err = aq_fs_write(w, chunk, n);
        total += n;
    }
    aq_free(chunk);
    if (err == AQ_OK && ferror(stdin))
        err = aq_fail(AQ_ERR_IO, "standard input cannot be read");
    if (err == AQ_OK && total == 0)
        err = aq_fail(AQ_ERR_MEDIA, "standard input is empty: pipe a clip into it");
    return err;
}

/* A folder of its own, so that the file's name is the same each time. */
static AqErr make_piped_folder(AqAsk *j)
{
    AqErr err = aq_fs_user_file(AQ_FS_CACHE, "ask-XXXXXX", &j->piped_dir);

    if (err == AQ_OK)
        err = aq_fs_mkdirs_for(j->piped_dir);
    if (err == AQ_OK && !mkdtemp(j->piped_dir))
        err = aq_fail_errno(j->piped_dir);
    if (err != AQ_OK) { /* nothing to remove later */
        aq_free(j->piped_dir);
        j->piped_dir = NULL;
    }
    return err;
}

AqErr aq_ask_keep_piped(AqAsk *j)
{
    AqFsWriter w;

    j->clip_path = j->words.clip;
    if (strcmp(j->words.clip, "-") != 0)
        return AQ_OK;
    AqErr err = make_piped_folder(j);
    if (err != AQ_OK)
        return err;
    j->piped = aq_strf("%s/standard-input", j->piped_dir);
    if (!j->piped)
        return AQ_ERR_NOMEM;
    j->clip_path = j->piped;
    err = aq_fs_write_begin(&w, j->piped);
    if (err != AQ_OK)
        return err;
    err = copy_piped(&w);
    if (err == AQ_OK)
        err = aq_fs_write_commit(&w);
    if (err != AQ_OK)
        aq_fs_write_abort(&w);
    return err;
}

void aq_ask_drop_piped(AqAsk *j)
{
    if (j->piped)
        (void)unlink(j->piped);
    if (j->piped_dir)
        (void)rmdir(j->piped_dir);
    aq_free(j->piped);
    aq_free(j->piped_dir);
    j->piped = j->piped_dir = NULL;
}
