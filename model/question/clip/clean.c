/* SPDX-License-Identifier: MIT */
/* Strings all the way, one pass for each kind of change. */
#include "model/question/clip/clean.h"

#include "base/alloc.h"
#include "base/text/names.h"
#include "model/question/clip/html.h"

#include <string.h>
#include <utf8proc.h>

enum { MOST_ROUNDS = 16, REPLACEMENT = 0xFFFD };

/* ---- text that is being written ---- */

typedef struct Cleaned {
    char *text;
    size_t n, room;
    int failed;
} Cleaned;

static void put_clean_bytes(Cleaned *c, const char *bytes, size_t n)
{
    if (!c->failed && c->n + n + 1 > c->room) {
        const size_t room = 2 * (c->n + n + 32);
        char *more = aq_realloc(c->text, room, 1);

        c->failed = !more;
        c->text = more ? more : c->text;
        c->room = more ? room : c->room;
    }
    if (c->failed)
        return;
    memcpy(c->text + c->n, bytes, n);
    c->text[c->n += n] = 0;
}

static void put_character(Cleaned *c, utf8proc_int32_t code)
{
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t n = utf8proc_encode_char(code, bytes);

    put_clean_bytes(c, (const char *)bytes, n > 0 ? (size_t)n : 0);
}

/* Ends the writing; frees `from`. Gives; NULL when out of memory. */
static char *take_cleaned(Cleaned *c, char *from)
{
    put_clean_bytes(c, "", 0);
    aq_free(from);
    if (!c->failed)
        return c->text;
    aq_free(c->text);
    return NULL;
}

/* The character at *text, which moves past it. */
static utf8proc_int32_t next_character(const char **text)
{
    utf8proc_int32_t code = REPLACEMENT;
    const utf8proc_ssize_t n = utf8proc_iterate(
        (const utf8proc_uint8_t *)*text, (utf8proc_ssize_t)strnlen(*text, 4), &code);

    *text += n > 0 ? n : 1;
    return n > 0 ? code : REPLACEMENT;
}

/* ---- characters ---- */

/* str.isspace() of Python. */
static int is_white_space(utf8proc_int32_t c)
{
    return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

static int is_letter_character(utf8proc_int32_t c)
{
    const utf8proc_category_t of = utf8proc_category(c);

    return of >= UTF8PROC_CATEGORY_LU && of <= UTF8PROC_CATEGORY_LO;
}

static int is_number_character(utf8proc_int32_t c)
{
    const utf8proc_category_t of = utf8proc_category(c);

    return of >= UTF8PROC_CATEGORY_ND && of <= UTF8PROC_CATEGORY_NO;
}

/* Of no meaning in a line of text (ftfy.chardata.CONTROL_CHARS). */
static int is_of_no_meaning(utf8proc_int32_t c)
{
    return c < 9 || c == 11 || (c >= 14 && c < 32) || c == 0x7F ||
           (c >= 0x206A && c < 0x2070) || c == 0xFEFF || (c >= 0xFFF9 && c < 0xFFFD);
}

/* Two letters written as one, and what they are (ftfy.chardata.LIGATURES). */
static const struct {
    utf8proc_int32_t code;
    const char *text;
} ligatures[] = {
    {0x132, "IJ"},       {0x133, "ij"},      {0x149, "'n"},   {0x1C4, "D\u017D"},
    {0x1C5, "D\u017E"},  {0x1C6, "d\u017E"}, {0x1C7, "LJ"},   {0x1C8, "Lj"},
    {0x1C9, "lj"},       {0x1CA, "NJ"},      {0x1CB, "Nj"},   {0x1CC, "nj"},
    {0x1F1, "DZ"},       {0x1F2, "Dz"},      {0x1F3, "dz"},   {0xFB00, "ff"},
    {0xFB01, "fi"},      {0xFB02, "fl"},     {0xFB03, "ffi"}, {0xFB04, "ffl"},
    {0xFB05, "\u017Ft"}, {0xFB06, "st"}};

static const char *split_ligature(utf8proc_int32_t c)
{
    for (size_t k = 0; k < sizeof ligatures / sizeof *ligatures; k++)
        if (ligatures[k].code == c)
            return ligatures[k].text;
    return NULL;
}

/* Full and half width as usual width: its compatibility decomposition. */
static void put_usual_width(Cleaned *c, utf8proc_int32_t code)
{
    utf8proc_int32_t usual[8];
    int class = 0;
    const utf8proc_ssize_t n = utf8proc_decompose_char(
        code, usual, 8, UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE, &class);

    if (n < 1 || n > 8)
        put_character(c, code);
    for (utf8proc_ssize_t k = 0; n <= 8 && k < n; k++)
        put_character(c, usual[k]);
}

/* As Windows-1252 has U+0080 to U+009F, where it has them. */
static utf8proc_int32_t as_windows(utf8proc_int32_t c)
{
    char reference[16] = "&#x80;", *text;

    if (c < 0x80 || c > 0x9F)
        return c;
    reference[3] = (char)(c < 0x90 ? '8' : '9');
    reference[4] = "0123456789ABCDEF"[c & 15];
    text = aq_html_unescape(reference, 6, AQ_HTML_STANDARD);
    const char *at = text;
    const utf8proc_int32_t of = text ? next_character(&at) : c;
    aq_free(text);
    return of;
}

static void put_plain(Cleaned *c, utf8proc_int32_t code)
{
    code = as_windows(code);
    const char *two = split_ligature(code);

    if (two)
        put_clean_bytes(c, two, strlen(two));
    else if (code == 0x2BC || (code >= 0x2018 && code <= 0x201B))
        put_clean_bytes(c, "'", 1);
    else if (code >= 0x201C && code <= 0x201F)
        put_clean_bytes(c, "\"", 1);
    else if (code >= 0xFF01 && code <= 0xFFEF)
        put_usual_width(c, code);
    else if (!is_of_no_meaning(code))
        put_character(c, code);
}

/* The end of a terminal's escape, "\33[1;31m", that begins at `at`; NULL: it is none.
 */
static const char *skip_terminal_escape(const char *at)
{
    if (at[0] != 27 || at[1] != '[')
        return NULL;
    at += 2 + strspn(at + 2, "0123456789;");
    return (*at | 0x20) >= 'a' && (*at | 0x20) <= 'z' ? at + 1 : NULL;
}

/* ---- ftfy's repairs, line by line until nothing changes ---- */

/* Takes `line`. Gives; NULL when out of memory. */
static char *repair_once(char *line, int html)
{
    char *text =
        html && line ? aq_html_unescape(line, strlen(line), AQ_HTML_CAREFUL) : NULL;
    Cleaned c = {0};

    if (html) {
        aq_free(line);
        line = text;
    }
    if (!line)
        return NULL;
    for (const char *at = line, *end; *at;) {
        if ((end = skip_terminal_escape(at)))
            at = end;
        else
            put_plain(&c, next_character(&at));
    }
    line = take_cleaned(&c, line);
    text = line ? aq_name_nfc(line) : NULL;
    aq_free(line);
    return text;
}

static char *repair_line(const char *line, size_t n, int html)
{
    char *text = aq_strf("%.*s", (int)n, line), *before = NULL;

    for (int k = 0; text && k < MOST_ROUNDS; k++) {
        aq_free(before);
        if (!(before = aq_strdup(text)))
            break;
        text = repair_once(text, html);
        if (text && strcmp(text, before) == 0)
            break;
    }
    const int failed = !before;
    aq_free(before);
    if (failed) {
        aq_free(text);
        return NULL;
    }
    return text;
}

/* A line with '<' is HTML, and so are those behind it: references in them are not
 * undone by these rules. */
static char *repair_text(const char *text)
{
    Cleaned c = {0};
    int html = 1;

    while (*text) {
        const size_t n = strcspn(text, "\n"), all = n + (text[n] != 0);

        html = html && !memchr(text, '<', n);
        char *line = repair_line(text, all, html);
        c.failed |= !line;
        if (line)
            put_clean_bytes(&c, line, strlen(line));
        aq_free(line);
        text += all;
    }
    return take_cleaned(&c, NULL);
}

/* ---- blanks and letters ---- */

/* Runs of white space as one blank, none at the ends. Takes. */
static char *squeeze_blanks(char *text)
{
    Cleaned c = {0};
    int gap = 0;

    for (const char *at = text; text && *at;) {
        const utf8proc_int32_t code = next_character(&at);

        if (is_white_space(code)) {
            gap = c.n > 0;
            continue;
        }
        if (gap)
            put_clean_bytes(&c, " ", 1);
        gap = 0;
        put_character(&c, code);
    }
    c.failed |= !text;
    return take_cleaned(&c, text);
}

/* Does the letter at the end of what is written stand in a word, for the sigma that
 * ends one? Marks between do not count. */
static int is_cased(utf8proc_int32_t c)
{
    const utf8proc_category_t of = utf8proc_category(c);

    return of == UTF8PROC_CATEGORY_LU || of == UTF8PROC_CATEGORY_LL ||
           of == UTF8PROC_CATEGORY_LT;
}

static int is_case_ignored(utf8proc_int32_t c)
{
    const utf8proc_category_t of = utf8proc_category(c);

    return of == UTF8PROC_CATEGORY_MN || of == UTF8PROC_CATEGORY_ME ||
           of == UTF8PROC_CATEGORY_CF || of == UTF8PROC_CATEGORY_LM ||
           of == UTF8PROC_CATEGORY_SK || c == '\'' || c == '.' || c == ':' ||
           c == 0xB7 || c == 0x2019;
}

static int goes_on_cased(const char *at)
{
    while (*at) {
        const utf8proc_int32_t c = next_character(&at);

        if (!is_case_ignored(c))
            return is_cased(c);
    }
    return 0;
}

/* str.lower() of Python: Unicode's simple mapping, and its two special cases. Takes. */
static char *lower_letters(char *text)
{
    Cleaned c = {0};
    int inside = 0; /* a cased letter came before, and nothing that ends its word */

    for (const char *at = text; text && *at;) {
        const utf8proc_int32_t code = next_character(&at);

        if (code == 0x130)
            put_clean_bytes(&c, "i\u0307", 3);
        else if (code == 0x3A3 && inside && !goes_on_cased(at))
            put_character(&c, 0x3C2);
        else
            put_character(&c, utf8proc_tolower(code));
        if (!is_case_ignored(code))
            inside = is_cased(code);
    }
    c.failed |= !text;
    return take_cleaned(&c, text);
}

char *aq_clean_text(const char *text)
{
    char *at = repair_text(text);

    for (int k = 0; at && k < 2; k++) {
        char *more = aq_html_unescape(at, strlen(at), AQ_HTML_STANDARD);

        aq_free(at);
        at = more;
    }
    return at ? lower_letters(squeeze_blanks(at)) : NULL;
}

/* ---- pieces ---- */

static size_t contraction_at(const char *text)
{
    static const char *const all[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};

    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (strncmp(text, all[k], strlen(all[k])) == 0)
            return strlen(all[k]);
    return 0;
}

typedef enum PieceKind {
    PIECE_BLANK,
    PIECE_LETTERS,
    PIECE_NUMBER,
    PIECE_REST
} PieceKind;

static PieceKind kind_of_character(utf8proc_int32_t c)
{
    return is_white_space(c)        ? PIECE_BLANK
           : is_letter_character(c) ? PIECE_LETTERS
           : is_number_character(c) ? PIECE_NUMBER
                                    : PIECE_REST;
}

int aq_clean_next(const char **text, const char **piece, size_t *bytes)
{
    const char *at = *text, *next;
    PieceKind kind = PIECE_BLANK;

    for (; *at && kind == PIECE_BLANK; at = kind == PIECE_BLANK ? next : at) {
        next = at;
        kind = kind_of_character(next_character(&next));
    }
    *piece = at;
    const size_t short_ = contraction_at(at);
    if (short_) {
        *bytes = short_;
        *text = at + short_;
        return 1;
    }
    while (*at) {
        next = at;
        if (kind_of_character(next_character(&next)) != kind)
            break;
        at = next;
        if (kind == PIECE_NUMBER)
            break;
    }
    *bytes = (size_t)(at - *piece);
    *text = at;
    return *bytes > 0;
}
