/* SPDX-License-Identifier: MIT */
/* Vocabulary files: plain text, gzip (RFC 1952) of it, and Hugging Face's JSON. */
#include "model/question/clip/bpe_priv.h"

#include "base/alloc.h"
#include "base/text/text.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define WHAT_IT_READS                                                                  \
    "it takes bpe_simple_vocab_16e6.txt(.gz), merges.txt and tokenizer.json"
enum { GZIP = 16 + MAX_WBITS };

static AqErr is_no_vocabulary(const char *name, const char *why)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: is not a vocabulary of CLIP's tokenizer: %s; %s",
                   name, why, WHAT_IT_READS);
}

/* ---- gzip ---- */

static AqErr inflate_all(z_stream *z, char **out, size_t *bytes, const char *name)
{
    size_t room = 1 << 16;
    int rc = Z_OK;

    *bytes = 0;
    while (rc == Z_OK) {
        char *more = aq_realloc(*out, room, 1);

        if (!more)
            return AQ_ERR_NOMEM;
        *out = more;
        z->next_out = (Bytef *)more + *bytes;
        z->avail_out = (uInt)(room - 1 - *bytes);
        rc = inflate(z, Z_NO_FLUSH);
        *bytes = room - 1 - z->avail_out;
        if (z->avail_out == 0 && rc == Z_OK)
            room *= 2;
        if (room > AQ_BPE_MOST_BYTES)
            return is_no_vocabulary(name, "it unpacks to more than 64 MiB");
    }
    (*out)[*bytes] = 0;
    if (rc != Z_STREAM_END)
        return aq_fail(AQ_ERR_FORMAT, "%s: is damaged or cut off: %s", name,
                       z->msg ? z->msg : "its compressed data ends too early");
    return AQ_OK;
}

static AqErr unpack_gzip(char **out, size_t *bytes, const void *data, size_t n,
                         const char *name)
{
    char *copy = aq_alloc(n, 1);
    z_stream z = {0};

    *out = NULL;
    if (!copy)
        return AQ_ERR_NOMEM;
    memcpy(copy, data, n);
    z.next_in = (Bytef *)copy;
    z.avail_in = (uInt)n;
    AqErr err = AQ_ERR_NOMEM;
    if (inflateInit2(&z, GZIP) == Z_OK) {
        err = inflate_all(&z, out, bytes, name);
        (void)inflateEnd(&z);
    }
    aq_free(copy);
    if (err != AQ_OK) {
        aq_free(*out);
        *out = NULL;
    }
    return err;
}

/* ---- text: a header, then a merge on each line ---- */

static AqErr take_lines(char **out, size_t *bytes, const char *text, size_t n,
                        const char *name)
{
    const char *end = text + n, *line = memchr(text, '\n', n);
    char *to = *out = aq_alloc(n + 2, 1);

    if (!to)
        return AQ_ERR_NOMEM;
    for (int k = 0; line && ++line < end && k < AQ_BPE_MOST_MERGES; k++) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((next ? next : end) - line);

        length -= length > 0 && line[length - 1] == '\r';
        if (length == 0 && !next)
            break;
        memcpy(to, line, length);
        to += length;
        *to++ = '\n';
        line = next;
    }
    *bytes = (size_t)(to - *out);
    return *bytes ? AQ_OK : is_no_vocabulary(name, "no merge follows its header");
}

static int has_header(const char *text, size_t n)
{
    static const char mark[] = "#version";
    const char *end = memchr(text, '\n', n);
    const size_t line = end ? (size_t)(end - text) : 0;

    for (size_t k = 0; k + sizeof mark - 1 <= line && k < 64; k++)
        if (memcmp(text + k, mark, sizeof mark - 1) == 0)
            return 1;
    return 0;
}

/* ---- JSON ---- */

/* A merge as "first second" or as ["first", "second"]; 0 if it is neither. */
static int put_json_merge(char **to, const json_t *merge)
{
    const char *one = json_string_value(merge),
               *left = json_string_value(json_array_get(merge, 0)),
               *right = json_string_value(json_array_get(merge, 1));
    const size_t room = one             ? strlen(one)
                        : left && right ? strlen(left) + strlen(right) + 1
                                        : 0;

    if (room == 0 || (!one && json_array_size(merge) != 2))
        return 0;
    *to += snprintf(*to, room + 2, "%s%s%s\n", one ? one : left, one ? "" : " ",
                    one ? "" : right);
    return 1;
}

static size_t json_merge_bytes(const json_t *merge)
{
    return json_string_length(merge) + json_string_length(json_array_get(merge, 0)) +
           json_string_length(json_array_get(merge, 1)) + 3;
}

static AqErr take_json_merges(char **out, size_t *bytes, const json_t *list,
                              const char *name)
{
    const size_t n = json_array_size(list) < AQ_BPE_MOST_MERGES ? json_array_size(list)
                                                                : AQ_BPE_MOST_MERGES;
    size_t room = 1;

    for (size_t k = 0; k < n; k++)
        room += json_merge_bytes(json_array_get(list, k));
    char *to = *out = aq_alloc(room, 1);
    if (!to)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++)
        if (!put_json_merge(&to, json_array_get(list, k)))
            return aq_fail(AQ_ERR_FORMAT, "%s: merge %zu is not two tokens", name,
                           k + 1);
    *bytes = (size_t)(to - *out);
    return *bytes ? AQ_OK : is_no_vocabulary(name, "its list of merges is empty");
}

static AqErr read_json(char **out, size_t *bytes, const char *text, size_t n,
                       const char *name)
{
    json_error_t why;
    json_t *root = json_loadb(text, n, 0, &why);
    const json_t *model = json_object_get(root, "model"),
                 *list = json_object_get(model, "merges");
    const char *suffix =
        json_string_value(json_object_get(model, "end_of_word_suffix"));
    AqErr err;

    if (!root)
        err = is_no_vocabulary(name, why.text);
    else if (!json_is_array(list))
        err = is_no_vocabulary(name, model ? "its model has no merges"
                                           : "it is JSON without a model (a vocab.json "
                                             "is of no use without its merges.txt)");
    else if (!suffix || strcmp(suffix, "</w>") != 0)
        err = is_no_vocabulary(name, "its words do not end in \"</w>\"");
    else
        err = take_json_merges(out, bytes, list, name);
    json_decref(root);
    return err;
}

/* ---- any of them ---- */

static AqErr read_unpacked(char **out, size_t *bytes, const char *text, size_t n,
                           const char *name)
{
    if (n > 0 && memchr(text, 0, n))
        return is_no_vocabulary(name, "it is no text");
    if (n > 0 && text[0] == '{')
        return read_json(out, bytes, text, n, name);
    if (!has_header(text, n))
        return is_no_vocabulary(name, "its first line says no \"#version\"");
    if (!aq_text_is_utf8(text, n))
        return is_no_vocabulary(name, "it is not UTF-8 text");
    return take_lines(out, bytes, text, n, name);
}

AqErr aq_bpe_merges_text(char **out, size_t *bytes, const void *data, size_t n,
                         const char *name)
{
    const unsigned char *head = data;
    char *text = NULL;
    size_t n_text = n;
    AqErr err = AQ_OK;

    *out = NULL;
    *bytes = 0;
    if (n > AQ_BPE_MOST_BYTES)
        return is_no_vocabulary(name, "it is larger than 64 MiB");
    if (n > 2 && head[0] == 0x1F && head[1] == 0x8B)
        err = unpack_gzip(&text, &n_text, data, n, name);
    if (err == AQ_OK)
        err = read_unpacked(out, bytes, text ? text : (const char *)data, n_text, name);
    aq_free(text);
    if (err != AQ_OK) {
        aq_free(*out);
        *out = NULL;
    }
    return err;
}
