/* JSON values to text and from C values, for text that may hold any bytes. Running out
 * of memory is reported; nothing is silently left out. */
#ifndef AQ_BASE_TEXT_JSON_H
#define AQ_BASE_TEXT_JSON_H
#include <stddef.h>

struct json_t;

/*
 * The text of `value` (jansson's; flags as of json_dumps()). Gives; aq_free(). NULL,
 * with the error message recorded, when out of memory or if the value is NULL or cannot
 * be written. (json_dumps() of jansson 2.14 does not check the allocation of an
 * object's key, and leaves the key out if it failed.)
 */
char *aq_json_text(const struct json_t *value, size_t flags);

/* A string of n untrusted bytes; invalid UTF-8 is escaped (base/text/text.h). Gives.
 */
struct json_t *aq_json_string(const char *text, size_t n);

/* A number; null if not finite. Gives. */
struct json_t *aq_json_number(double v);

/* The text of a member of `object`; "" if it is missing or not a string. Borrowed. */
const char *aq_json_member_text(const struct json_t *object, const char *key);

/*
 * json_pack() for untrusted values, with its formats {} [] s s? i I f b n o O. In text
 * that is not valid UTF-8 the invalid bytes are written as \xHH; in an object, all its
 * bytes are also given, in hexadecimal, as KEY_bytes, whose presence says that KEY is
 * escaped. A number that is not finite is null. Takes the `o` values, also on failure.
 * Gives; NULL when out of memory or if an `o` is NULL.
 */
struct json_t *aq_json_pack(const char *format, ...);

#endif
