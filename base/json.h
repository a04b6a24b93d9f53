/* JSON values as text, for what is kept: nothing is lost where memory runs out. */
#ifndef AQ_BASE_JSON_H
#define AQ_BASE_JSON_H
#include <stddef.h>

struct json_t;

/*
 * The text of `value` (jansson's; flags as of json_dumps()). Gives; aq_free(). NULL,
 * with the sentence, when memory is out or the value is NULL or cannot be written.
 * json_dumps() of jansson 2.14 does not look whether there was room for an object's
 * key, and leaves it out.
 */
char *aq_json_text(const struct json_t *value, size_t flags);

#endif
