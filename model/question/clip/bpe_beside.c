/* SPDX-License-Identifier: MIT */
/* Vocabularies that lie beside weights. */
#include "model/question/clip/bpe.h"

#include "base/alloc.h"
#include "base/fs/fs.h"

#include <unistd.h>

/* *out stays NULL if there is no such file. Takes the path, which may be NULL. */
static AqErr open_if_there(AqBpe **out, char *path)
{
    const AqErr err = !path                     ? AQ_ERR_NOMEM
                      : access(path, F_OK) == 0 ? aq_bpe_open(out, path)
                                                : AQ_OK;

    aq_free(path);
    return err;
}

char *aq_bpe_path_beside(const char *path)
{
    char *stem = aq_fs_stem(path);
    char *out =
        stem ? aq_strf("%.*s%s.merges.txt", (int)(aq_fs_base(path) - path), path, stem)
             : NULL;

    aq_free(stem);
    return out;
}

AqErr aq_bpe_open_beside(AqBpe **out, const char *path)
{
    static const char *const leaves[] = {"bpe_simple_vocab_16e6.txt.gz",
                                         "bpe_simple_vocab_16e6.txt", "merges.txt",
                                         "tokenizer.json"};
    const int n = (int)(aq_fs_base(path) - path);

    *out = NULL;
    AqErr err = open_if_there(out, aq_bpe_path_beside(path));
    for (size_t k = 0; err == AQ_OK && !*out && k < sizeof leaves / sizeof *leaves; k++)
        err = open_if_there(out, aq_strf("%.*s%s", n, path, leaves[k]));
    return err;
}
