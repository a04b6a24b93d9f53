/*
 * HTML's character references as text: &amp; &#233; &eacute;. Names come from the HTML
 * standard (section 13.5), in a table that entities.py makes when the program is built.
 */
#ifndef AQ_MODEL_QUESTION_CLIP_HTML_H
#define AQ_MODEL_QUESTION_CLIP_HTML_H
#include <stddef.h>

typedef enum AqHtmlRules {
    AQ_HTML_STANDARD, /* html.unescape() of Python: the longest name that fits counts,
                         with or without its semicolon */
    AQ_HTML_CAREFUL   /* ftfy.fixes.unescape_html(): those with a semicolon, and names
                         in capitals for those in lower case */
} AqHtmlRules;

/* The text (UTF-8) with its references replaced. Gives; NULL when out of memory. */
char *aq_html_unescape(const char *text, size_t n, AqHtmlRules rules);

#endif
