/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* realpath */
/*
 * The page's clip. Without scripts: a frame that shows the clip, and links to its
 * seconds that open in this frame. Browsers read a media fragment when a file is
 * opened, so each second's address also differs in its query, which files ignore.
 */
#include "base/alloc.h"
#include "base/text/base64.h"
#include "pipeline/ui/explain_priv.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    EMBED_PIECE = 3 << 14, /* a multiple of three, as base64 needs */
    SOUND_HEIGHT = 60      /* of a player without pictures, in pixels */
};

typedef struct MediaType {
    const char *ends, *type;
} MediaType;

static const MediaType media_types[] = {
    {".mp4", "video/mp4"},       {".m4v", "video/mp4"},  {".mov", "video/mp4"},
    {".webm", "video/webm"},     {".mkv", "video/webm"}, {".ogv", "video/ogg"},
    {".avi", "video/x-msvideo"}, {".wav", "audio/wav"},  {".mp3", "audio/mpeg"},
    {".flac", "audio/flac"},     {".m4a", "audio/mp4"},  {".ogg", "audio/ogg"},
    {".opus", "audio/ogg"},      {".gif", "image/gif"},
};

static const char *media_type_of(const char *path)
{
    const size_t n = strlen(path);

    for (size_t k = 0; k < sizeof media_types / sizeof *media_types; k++) {
        const size_t ends = strlen(media_types[k].ends);

        if (n > ends && strcasecmp(path + n - ends, media_types[k].ends) == 0)
            return media_types[k].type;
    }
    return "video/mp4"; /* browsers look into the file */
}

/* A picture that moves: shown, but no second of it can be played. */
static int is_moving_picture(const AqExplainWriter *w)
{
    return strcmp(media_type_of(w->e->clip), "image/gif") == 0;
}

AqErr aq_explain_check_embed(const char *clip)
{
    struct stat st;

    if (stat(clip, &st) != 0)
        return aq_fail_errno(clip);
    return (size_t)st.st_size <= AQ_EXPLAIN_MOST_EMBEDDED
               ? AQ_OK
               : aq_fail(
                     AQ_ERR_USAGE,
                     "%s: has %.1f MB; a page takes clips of at most %.0f MB: write "
                     "it without --embed, and keep the clip beside it",
                     clip, (double)st.st_size / (1 << 20),
                     (double)AQ_EXPLAIN_MOST_EMBEDDED / (1 << 20));
}

/* ---- the address ---- */

/* /dev/stdout and its like stand for files elsewhere. */
static int is_stand_in(const char *path)
{
    return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
}

/* The folder that relative addresses in the page begin at: gives its real path. A page
 * that goes to a pipe has none; there it is the current folder. */
static AqErr find_page_folder(char **out, const char *out_path)
{
    struct stat st;
    const int elsewhere = stat(out_path, &st) == 0 && !S_ISREG(st.st_mode);
    char *real = !elsewhere && is_stand_in(out_path) ? realpath(out_path, NULL) : NULL;
    const char *page = real ? real : out_path, *slash = strrchr(page, '/');
    char *folder = elsewhere || !slash ? aq_strdup(".")
                                       : aq_strf("%.*s/", (int)(slash - page), page);

    *out = folder ? realpath(folder, NULL) : NULL;
    const AqErr err = *out ? AQ_OK : folder ? aq_fail_errno(out_path) : AQ_ERR_NOMEM;
    aq_free(folder);
    free(real);
    return err;
}

/* All but letters, digits and "-._~/" as %XX. Gives. */
static char *encode_address(const char *path)
{
    char *out = aq_alloc(3 * strlen(path) + 1, 1), *at = out;

    for (; out && *path; path++) {
        const unsigned char c = (unsigned char)*path;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || strchr("-._~/", c))
            *at++ = (char)c;
        else
            at += snprintf(at, 4, "%%%02X", c);
    }
    return out;
}

/* How many bytes of both are the same whole folders. */
static size_t common_folders(const char *folder, const char *file)
{
    size_t same = 0;

    for (size_t k = 0;; k++) {
        if ((folder[k] == '/' || !folder[k]) && file[k] == '/')
            same = k;
        if (!folder[k] || folder[k] != file[k])
            return same;
    }
}

/* "../videos/a.mp4" from the folder to the file, both absolute. Gives. */
static char *relative_path(const char *folder, const char *file)
{
    const size_t same = common_folders(folder, file);
    size_t n_up = 0;

    for (const char *f = folder + same; *f; f++)
        n_up += *f == '/' && f[1];
    const size_t room = 3 * n_up + strlen(file + same);
    char *out = aq_alloc(room, 1);
    for (size_t k = 0; out && k < n_up; k++)
        (void)snprintf(out + 3 * k, room - 3 * k, "../");
    if (out)
        (void)snprintf(out + 3 * n_up, room - 3 * n_up, "%s", file + same + 1);
    return out;
}

AqErr aq_explain_find_clip(AqExplainWriter *w, const char *out_path)
{
    char *folder, *path = NULL;

    if (w->e->play != AQ_EXPLAIN_LINK)
        return AQ_OK;
    AqErr err = find_page_folder(&folder, out_path);
    if (err != AQ_OK)
        return err;
    char *file = realpath(w->e->clip, NULL);
    if (!file)
        err = aq_fail_errno(w->e->clip);
    else
        path = relative_path(folder, file);
    if (path)
        w->address = encode_address(path);
    if (err == AQ_OK && !w->address)
        err = AQ_ERR_NOMEM;
    aq_free(path);
    free(file);
    free(folder);
    return err;
}

/* ---- the player ---- */

static void put_player_size(AqExplainWriter *w)
{
    if (w->media.width > 0)
        aq_page_put(&w->page, " style=\"aspect-ratio:%d/%d\"", w->media.width,
                    w->media.height);
    else
        aq_page_put(&w->page, " style=\"height:%dpx\"", SOUND_HEIGHT);
}

/* The clip's frame. The address is of letters that need no quoting in a document inside
 * an attribute; its fragment has the first picture shown before it plays. */
static void put_clip_frame(AqExplainWriter *w)
{
    const int moves = is_moving_picture(w);

    aq_page_raw(&w->page, "<iframe class=\"play\" name=\"clip\" title=\"the clip\" "
                          "allow=\"autoplay; fullscreen\"");
    put_player_size(w);
    aq_page_put(&w->page,
                " srcdoc=\"<style>*{margin:0;width:100%%;height:100%%;background:#000;"
                "object-fit:contain}style{display:none}</style><%s src='",
                moves ? "img alt='the clip'" : "video controls preload='metadata'");
    aq_page_raw(&w->page, w->address);
    aq_page_put(&w->page, "%s\"></iframe>\n", moves ? "'>" : "#t=0.01'></video>");
}

static void put_linked_clip(AqExplainWriter *w)
{
    put_clip_frame(w);
    aq_page_raw(&w->page, "<p><a href=\"");
    aq_page_raw(&w->page, w->address);
    aq_page_put(&w->page,
                "\">The clip's own file</a>, where the browser does not play it "
                "here.%s</p>\n",
                is_moving_picture(w)
                    ? ""
                    : " Seconds below are links: they play the clip from there.");
}

static AqErr embed_file(AqExplainWriter *w, FILE *f)
{
    char *piece = aq_alloc(EMBED_PIECE, 1);
    char *text = aq_alloc(AQ_BASE64_BYTES(EMBED_PIECE), 1);
    AqErr err = piece && text ? AQ_OK : AQ_ERR_NOMEM;

    while (err == AQ_OK) {
        const size_t n = fread(piece, 1, EMBED_PIECE, f);

        if (n == 0)
            break;
        aq_base64_encode(text, piece, n);
        aq_page_raw(&w->page, text);
    }
    if (err == AQ_OK && ferror(f))
        err = aq_fail(AQ_ERR_IO, "%s: cannot be read", w->e->clip);
    aq_free(piece);
    aq_free(text);
    return err;
}

static void put_embedded_clip(AqExplainWriter *w)
{
    FILE *f = fopen(w->e->clip, "rb");

    if (!f) {
        w->page.err = w->page.err ? w->page.err : aq_fail_errno(w->e->clip);
        return;
    }
    aq_page_put(&w->page, "<%s class=\"play\" id=\"clip\"",
                is_moving_picture(w) ? "img alt=\"the clip\"" : "video controls");
    put_player_size(w);
    aq_page_put(&w->page, " src=\"data:%s;base64,", media_type_of(w->e->clip));
    const AqErr err = embed_file(w, f);
    if (err != AQ_OK && w->page.err == AQ_OK)
        w->page.err = err;
    (void)fclose(f);
    aq_page_put(&w->page, "\">%s\n", is_moving_picture(w) ? "" : "</video>");
    if (!is_moving_picture(w))
        aq_page_raw(&w->page, "<p>Seconds below play the clip from there.</p>\n");
}

void aq_explain_put_player(AqExplainWriter *w)
{
    if (w->e->play == AQ_EXPLAIN_EMBED)
        put_embedded_clip(w);
    else if (w->address)
        put_linked_clip(w);
}

void aq_explain_put_jump(AqExplainWriter *w, int t)
{
    if (is_moving_picture(w))
        return;
    if (w->e->play == AQ_EXPLAIN_EMBED) {
        aq_page_put(&w->page, " href=\"#clip\" data-t=\"%d\"", t);
    } else if (w->address) {
        aq_page_raw(&w->page, " target=\"clip\" href=\"");
        aq_page_raw(&w->page, w->address);
        aq_page_put(&w->page, "?%d#t=%d\"", t, t);
    }
}

void aq_explain_put_script(AqExplainWriter *w)
{
    if (w->e->play == AQ_EXPLAIN_EMBED && !is_moving_picture(w))
        aq_page_raw(
            &w->page,
            "<script>\n"
            "/* Seconds are links; only a script can seek in a clip that is inside "
            "the page. */\n"
            "document.addEventListener('click', e => {\n"
            "  const a = e.target.closest('a[data-t]'), v = "
            "document.getElementById('clip');\n"
            "  if (!a) return;\n"
            "  e.preventDefault();\n"
            "  v.currentTime = Number(a.dataset.t);\n"
            "  v.play();\n"
            "});\n"
            "</script>\n");
}
