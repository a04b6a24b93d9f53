/*
 * Files that others have published, of weights and of annotations: where, of what
 * digest, under what licence. Those that the program knows, or those of a file with one
 * a line.
 */
#ifndef AQ_PIPELINE_FETCH_PUBLISHED_H
#define AQ_PIPELINE_FETCH_PUBLISHED_H
#include "base/err.h"

#include <stddef.h>

typedef struct AqPublished {
    const char *name;    /* what weights are called once imported; of several files of
                            annotations, their data set's */
    const char *about;   /* who trained what on what */
    const char *licence; /* as its publisher names it */
    const char *url;
    const char *sha256; /* or its first digits, at least 8; "" where none is known */
    double megabytes;   /* about; 0 where it is not known */
    const char *vocabulary; /* the name of its tokenizer's file, or "" */
} AqPublished;

typedef struct AqPublishedList {
    const AqPublished *v;
    size_t n;
    char *text;       /* of the file; NULL: the program's own */
    AqPublished *own; /* v, where it is the list's own */
} AqPublishedList;

/*
 * `path` NULL: those that the program knows. Else a UTF-8 file, one a line: the seven
 * fields above in their order, between tabs; blank lines and those that begin with '#'
 * are passed over. AQ_ERR_FORMAT names the line that is none. Clear it after a failure
 * too.
 */
typedef enum AqPublishedKind {
    AQ_PUBLISHED_WEIGHTS,
    AQ_PUBLISHED_DATA
} AqPublishedKind;
AQ_MUST_CHECK AqErr aq_published_open(AqPublishedList *out, AqPublishedKind kind,
                                      const char *path);
void aq_published_clear(AqPublishedList *l);

/* The one of that name. AQ_ERR_USAGE, with the nearest, where there is none. */
AQ_MUST_CHECK AqErr aq_published_find(const AqPublishedList *l, const char *name,
                                      const AqPublished **out);

/* Is it a tokenizer's file, which is kept beside others and never imported by itself?
 */
int aq_published_is_vocabulary(const AqPublishedList *l, const AqPublished *p);

#endif
