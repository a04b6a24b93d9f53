/* JSON values as text and from values, whatever bytes the texts hold: nothing is lost
 * where memory runs out. */
#ifndef AQ_BASE_TEXT_JSON_H
#define AQ_BASE_TEXT_JSON_H
#include <stddef.h>

struct json_t;

/*
 * The text of `value` (jansson's; flags as of json_dumps()). Gives; aq_free(). NULL,
 * with the sentence, when memory is out or the value is NULL or cannot be written.
 * json_dumps() of jansson 2.14 does not look whether there was room for an object's
 * key, and leaves it out.
 */
char *aq_json_text(const struct json_t *value, size_t flags);

/* A string of n bytes from outside; what is no UTF-8 is escaped (base/text/text.h).
 * Gives.
 */
struct json_t *aq_json_string(const char *text, size_t n);

/* A number that is not finite is null. Gives. */
struct json_t *aq_json_number(double v);

/* What a member of `object` says; "" where it is not there or no text. Borrowed. */
const char *aq_json_member_text(const struct json_t *object, const char *key);

/*
 * json_pack() for values from outside, of its formats {} [] s s? i I f b n o O. Text
 * that is no UTF-8 is a string with the bytes that are none as \xHH, and, in an object,
 * the whole of its bytes stand beside it, in hexadecimal, as KEY_bytes: its being there
 * says that KEY is escaped. A number that is not finite is null. Takes what `o` names,
 * whatever comes of it. Gives; NULL when memory is out or an `o` is NULL.
 */
struct json_t *aq_json_pack(const char *format, ...);

#endif
