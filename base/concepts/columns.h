/*
 * Names of what the numbers of a feature row stand for, where each has a meaning of its
 * own (concepts): of its columns, the last dimension, and of its cells, the other two.
 * They are a part of the description of how the features were made ("sampling"), so
 * that stored rows say it themselves:
 *   "...; columns: violin, cello, none; cells: left, middle, right, best; ..."
 * A name has letters, digits and '_'.
 */
#ifndef AQ_BASE_CONCEPTS_COLUMNS_H
#define AQ_BASE_CONCEPTS_COLUMNS_H
#include <stddef.h>

/* What precedes the names. */
#define AQ_COLUMNS_MARK "; columns: "
#define AQ_CELLS_MARK   "; cells: "

/* Mark and names as one text. Gives; "" where names is NULL. NULL: out of memory. */
char *aq_columns_text(const char *mark, const char *const *names);

/* How many names such a description has behind the mark; 0: none, or other text. */
int aq_columns_count(const char *description, const char *mark);

/* Name k of these, at most bytes - 1 of it, into `name`, which is returned; NULL past
 * the last. */
const char *aq_columns_at(const char *description, const char *mark, int k, char *name,
                          size_t bytes);

#endif
