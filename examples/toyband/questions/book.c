/* SPDX-License-Identifier: MIT */
#include "examples/toyband/questions/book.h"

#include "base/alloc.h"
#include "base/text/json.h"

#include <string.h>

AqErr aq_toy_book_begin(AqToyBook *b, const char *out)
{
    char *truth = aq_strf("%s/truth.jsonl", out);

    *b = (AqToyBook){.out = out, .next_id = 1};
    for (int k = 0; k < AQ_TOY_SPLITS; k++)
        b->questions[k] = json_array();
    const AqErr err = truth ? aq_fs_write_begin(&b->truth, truth) : AQ_ERR_NOMEM;
    aq_free(truth);
    return err;
}

AqErr aq_toy_book_tell(AqToyBook *b, json_t *truth)
{
    char *line =
        truth ? aq_json_text(truth, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    AqErr err = line ? aq_fs_write(&b->truth, line, strlen(line))
                     : aq_fail(AQ_ERR_NOMEM, "out of memory");

    if (err == AQ_OK)
        err = aq_fs_write(&b->truth, "\n", 1);
    aq_free(line);
    json_decref(truth);
    return err;
}

static AqErr write_split(const AqToyBook *b, AqToySplit split)
{
    char *path = aq_strf("%s/%s.json", b->out, aq_toy_split_names[split]);
    char *text = aq_json_text(b->questions[split], JSON_INDENT(1));
    const AqErr err =
        path && text ? aq_fs_write_whole(path, text, strlen(text)) : AQ_ERR_NOMEM;

    aq_free(text);
    aq_free(path);
    return err;
}

AqErr aq_toy_book_write_questions(const AqToyBook *b)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < AQ_TOY_SPLITS; k++)
        err = write_split(b, (AqToySplit)k);
    return err;
}

AqErr aq_toy_book_end(AqToyBook *b, AqErr err)
{
    if (err == AQ_OK)
        err = aq_fs_write_commit(&b->truth);
    else
        aq_fs_write_abort(&b->truth);
    for (int k = 0; k < AQ_TOY_SPLITS; k++)
        json_decref(b->questions[k]);
    *b = (AqToyBook){0};
    return err;
}
