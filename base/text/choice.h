/* Choosing a row of a table by its name. */
#ifndef AQ_BASE_TEXT_CHOICE_H
#define AQ_BASE_TEXT_CHOICE_H
#include "base/err.h"

#include <stddef.h>

/* The name of row k, NULL past the last; borrowed. */
typedef const char *(*AqChoiceName)(size_t k);

/* The rows' names, "a, b, c", in `text`; it ends early where they do not fit. Returns
 * text. */
char *aq_choice_list(AqChoiceName name_at, char *text, size_t bytes);

/* The row of that name. AQ_ERR_USAGE "no WHAT is called "NAME"; there are: a, b". */
AQ_MUST_CHECK AqErr aq_choice_find(size_t *k, const char *what, AqChoiceName name_at,
                                   const char *name);

#endif
