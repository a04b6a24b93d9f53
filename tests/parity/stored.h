/* Outputs of published code that lie in tests/data/reference, and how near one is. */
#ifndef AQ_TESTS_STORED_H
#define AQ_TESTS_STORED_H
#include <stddef.h>

/* The values of an array there, *n of them; aq_free(). */
float *aq_stored_load(const char *name, size_t *n);

/* Is each value within 1e-3 of what it should be? Prints the largest difference. */
void aq_stored_compare(const float *have, const float *want, size_t n);

/* A place for a weight file, unlike other tests'. */
void aq_stored_temp_path(char *path, size_t bytes, const char *leaf);

#endif
