/* SPDX-License-Identifier: MIT */
/* Bodies of requests: text within limits, files to the disk as they come. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/text.h"
#include "pipeline/serve/http/http_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BEYOND = 16 << 20 }; /* bytes read past a limit, so that the reply is seen */

static void refuse_body(AqIntake *in, int status, const char *fmt, ...) AQ_PRINTF(3, 4);

static void refuse_body(AqIntake *in, int status, const char *fmt, ...)
{
    va_list ap;

    if (in->status)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(in->why, sizeof in->why, fmt, ap);
    va_end(ap);
    in->status = status;
}

static int begin_incoming_file(AqIntake *in)
{
    in->file.path = aq_strf("%s/in-XXXXXX", in->plan->folder);
    in->fd = in->file.path ? mkstemp(in->file.path) : 0;
    if (in->fd <= 0) {
        in->fd = 0;
        refuse_body(in, 500, "%s cannot be written", in->plan->folder);
        aq_free(in->file.path);
        in->file.path = NULL;
        return 0;
    }
    if (aq_sha256_new(&in->digest) == AQ_OK)
        return 1;
    refuse_body(in, 503, "out of memory");
    return 0;
}

static void add_to_file(AqIntake *in, const char *data, size_t n)
{
    if (in->status || (in->fd == 0 && !begin_incoming_file(in)))
        return;
    if (in->file.bytes + (int64_t)n > in->plan->most_bytes) {
        refuse_body(in, 413, "the file is too large: %lld MB at most",
                    (long long)(in->plan->most_bytes / 1000000));
        return;
    }
    for (size_t done = 0; done < n;) {
        const ssize_t k = write(in->fd, data + done, n - done);

        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0) {
            refuse_body(in, errno == ENOSPC ? 507 : 500, "the file cannot be kept: %s",
                        strerror(errno));
            return;
        }
        done += (size_t)k;
    }
    if (aq_sha256_add(in->digest, data, n) != AQ_OK)
        refuse_body(in, 500, "%s", aq_err_text());
    in->file.bytes += (int64_t)n;
}

/* Appends to a text that is ended by 0. */
static void add_to_text(AqIntake *in, char **text, size_t *bytes, const char *data,
                        size_t n)
{
    if (in->status)
        return;
    if (*bytes + n > AQ_HTTP_TEXT) {
        refuse_body(in, 413, "the request is too large: %d bytes at most beside a file",
                    AQ_HTTP_TEXT);
        return;
    }
    char *longer = aq_realloc(*text, *bytes + n + 1, 1);
    if (!longer) {
        refuse_body(in, 503, "out of memory");
        return;
    }
    if (n > 0)
        memcpy(longer + *bytes, data, n);
    *bytes += n;
    longer[*bytes] = 0;
    *text = longer;
}

void aq_intake_field(AqIntake *in, const char *name, const char *file, const char *data,
                     size_t n)
{
    int k = 0;

    if (strcmp(name, "clip") == 0 && file) {
        if (!in->file.name)
            in->file.name = aq_strdup(file);
        add_to_file(in, data, n);
        return;
    }
    while (k < in->n_fields && strcmp(in->field[k].name, name) != 0)
        k++;
    if (k == AQ_INTAKE_FIELDS || strlen(name) >= sizeof in->field[0].name) {
        refuse_body(in, 400, "the form has a field that is not known, or too many");
        return;
    }
    if (k == in->n_fields) {
        (void)snprintf(in->field[k].name, sizeof in->field[k].name, "%s", name);
        in->n_fields++;
    }
    add_to_text(in, &in->field[k].text, &in->field[k].bytes, data, n);
}

static int64_t most_of_body(const AqIntake *in)
{
    const int is_file = in->takes == AQ_HTTP_FILE || in->form;

    return AQ_HTTP_TEXT + (is_file ? in->plan->most_bytes : 0);
}

int aq_intake_add(AqIntake *in, const char *data, size_t n)
{
    in->total += (int64_t)n;
    if (in->total > most_of_body(in) + BEYOND ||
        aq_clock_us() - in->began_us > in->plan->upload_seconds * INT64_C(1000000))
        return 0;
    if (in->takes == AQ_HTTP_NOTHING)
        refuse_body(in, 400, "this takes no body");
    else if (in->takes == AQ_HTTP_FILE)
        add_to_file(in, data, n);
    else
        add_to_text(in, &in->text, &in->bytes, data, n);
    return 1;
}

void aq_intake_end(AqIntake *in)
{
    if (in->fd > 0 && close(in->fd) != 0)
        refuse_body(in, 500, "the file cannot be kept: %s", strerror(errno));
    in->fd = 0;
    if (in->digest && aq_sha256_finish(&in->digest, in->file.sha256) != AQ_OK)
        refuse_body(in, 500, "%s", aq_err_text());
}

void aq_intake_clear(AqIntake *in)
{
    if (in->fd > 0)
        (void)close(in->fd);
    if (in->file.path)
        (void)unlink(in->file.path);
    aq_sha256_free(&in->digest);
    aq_free(in->file.path);
    aq_free(in->file.name);
    aq_free(in->text);
    for (int k = 0; k < in->n_fields; k++)
        aq_free(in->field[k].text);
    *in = (AqIntake){.status = 0};
}
