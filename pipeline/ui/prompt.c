/* SPDX-License-Identifier: MIT */
/* Lines by libedit. */
#include "pipeline/ui/prompt.h"

#include "base/alloc.h"
#include "base/fs/fs.h"

#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

enum { KEPT_LINES = 500, POLL_MS = 100 };

typedef struct LineEditor {
    EditLine *el;
    History *past;
    char *past_path; /* NULL: the lines are not kept */
    const char *text;
    int (*stop)(void);
    char *line;
    mbstate_t shift; /* of the bytes of a character that is not whole */
    int stopped;
} LineEditor;

static LineEditor *editor_of(EditLine *el)
{
    void *p = NULL;

    (void)el_get(el, EL_CLIENTDATA, &p);
    return p;
}

static char *prompt_text(EditLine *el)
{
    static char text[64];

    (void)snprintf(text, sizeof text, "%s", editor_of(el)->text);
    return text;
}

/* 1 when there is a byte to read, 0 when the line is given up. */
static int wait_for_byte(LineEditor *p)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

    for (;;) {
        if (p->stop()) {
            p->stopped = 1;
            return 0;
        }
        if (poll(&in, 1, POLL_MS) > 0)
            return 1;
    }
}

/* libedit's way to read a character: 1, or 0 at the end. Bytes that are no UTF-8 are
 * passed over. */
static int read_character(EditLine *el, wchar_t *out)
{
    LineEditor *p = editor_of(el);
    char byte;

    while (wait_for_byte(p) && read(STDIN_FILENO, &byte, 1) == 1) {
        const size_t n = mbrtowc(out, &byte, 1, &p->shift);

        if (n == (size_t)-1)
            memset(&p->shift, 0, sizeof p->shift);
        else if (n != (size_t)-2)
            return 1;
    }
    return 0;
}

/* What was typed before; without a folder for it, or without the file, nothing. */
static void load_past(LineEditor *p)
{
    HistEvent e;

    (void)history(p->past, &e, H_SETSIZE, KEPT_LINES);
    (void)history(p->past, &e, H_SETUNIQUE, 1);
    if (aq_fs_user_file(AQ_FS_DATA, "history", &p->past_path) == AQ_OK)
        (void)history(p->past, &e, H_LOAD, p->past_path);
}

/* Lost lines are no fault of the answers: a folder that can't be written is passed
 * over. */
static void save_past(LineEditor *p)
{
    AqFsWriter w;
    HistEvent e;

    if (!p->past_path || aq_fs_mkdirs_for(p->past_path) != AQ_OK ||
        aq_fs_write_begin(&w, p->past_path) != AQ_OK)
        return;
    const int written = history(p->past, &e, H_SAVE_FP, (FILE *)w.f) >= 0;
    if (written && aq_fs_write_commit(&w) == AQ_OK)
        return;
    aq_fs_write_abort(&w);
}

static AqErr open_editor(LineEditor *p)
{
    p->past = history_init();
    p->el = el_init("avqa-pipe", stdin, stderr, stderr);
    if (!p->past || !p->el)
        return aq_fail(AQ_ERR_NOMEM, "out of memory for the line editor");
    load_past(p);
    (void)el_set(p->el, EL_CLIENTDATA, p);
    (void)el_set(p->el, EL_PROMPT, prompt_text);
    (void)el_set(p->el, EL_EDITOR, "emacs");
    (void)el_set(p->el, EL_SIGNAL, 0);
    (void)el_set(p->el, EL_HIST, history, p->past);
    (void)el_wset(p->el, EL_GETCFN, read_character);
    (void)el_source(p->el, NULL);
    return AQ_OK;
}

AqErr aq_prompt_open(AqPrompt *p, const char *text, int (*stop)(void))
{
    LineEditor *editor = aq_alloc(1, sizeof *editor);

    *p = (AqPrompt){.text = text, .stop = stop, .reader = editor};
    if (!editor)
        return AQ_ERR_NOMEM;
    editor->text = text;
    editor->stop = stop;
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        (void)setlocale(LC_CTYPE, "");
    return open_editor(editor);
}

/* Keeps the line, and gives it without its ending. */
static AqErr keep_line(LineEditor *p, const char *text, const char **line)
{
    HistEvent e;

    aq_free(p->line);
    p->line = aq_strdup(text);
    if (!p->line)
        return AQ_ERR_NOMEM;
    p->line[strcspn(p->line, "\r\n")] = 0;
    (void)history(p->past, &e, H_ENTER, p->line);
    *line = p->line;
    return AQ_OK;
}

AqErr aq_prompt_next(AqPrompt *p, const char **line)
{
    LineEditor *editor = p->reader;
    int n = 0;

    for (;;) {
        /* Before the prompt: a Ctrl-D that the terminal itself took would be lost. */
        (void)el_set(editor->el, EL_PREP_TERM, 1);
        const char *text = el_gets(editor->el, &n);

        if (editor->stopped || !text || n <= 0)
            (void)fputc('\n', stderr);
        if (editor->stopped)
            return aq_fail(AQ_ERR_CANCELLED, "stopped on request");
        if (!text || n <= 0)
            return AQ_EOF;
        if (text[strspn(text, " \t\r\n")])
            return keep_line(editor, text, line);
    }
}

void aq_prompt_close(AqPrompt *p)
{
    LineEditor *editor = p->reader;

    if (!editor)
        return;
    if (editor->past) {
        save_past(editor);
        history_end(editor->past);
    }
    if (editor->el)
        el_end(editor->el);
    aq_free(editor->past_path);
    aq_free(editor->line);
    aq_free(editor);
    p->reader = NULL;
}
