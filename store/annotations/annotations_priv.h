/*
 * Reading annotation files, for the readers themselves: a file's form (array, lines,
 * CSV) gives records as JSON objects, its layout makes questions of them.
 */
#ifndef AQ_STORE_ANNOTATIONS_ANNOTATIONS_PRIV_H
#define AQ_STORE_ANNOTATIONS_ANNOTATIONS_PRIV_H
#include "store/annotations/annotations.h"

struct json_t;

/* What is wrong with a record, NULL where nothing is. "": out of memory. */
typedef const char *AqRecordFault;

typedef struct AqRecordReader AqRecordReader;

typedef struct AqRecordLayout {
    const char *name;
    const char *const *keys; /* one of them tells the layout; NULL behind the last */
    /* Fills *a; its strings go into the list's arena. */
    AqRecordFault (*read)(AqRecordReader *r, struct json_t *o, AqAnnotation *a);
} AqRecordLayout;

extern const AqRecordLayout aq_layout_music_avqa, aq_layout_avqa, aq_layout_plain;

struct AqRecordReader {
    AqAnnotations *list;
    AqAnnotationFile *file;       /* the one that is being read: list->files' last */
    const AqRecordLayout *layout; /* its own; NULL: not told yet */
    size_t n_records;             /* of this file, so far */
    AqAnnotationSkipFn skip;
    void *arg;
};

/* ---- annotations_record.c: a record's parts ---- */

/* A copy in the arena; NULL when memory is out. */
const char *aq_record_keep(AqRecordReader *r, const char *text);
/* The text or whole number at `key`, in *out. Missing, empty, too long or with a zero
 * byte: `fault`. */
AqRecordFault aq_record_text(AqRecordReader *r, struct json_t *o, const char *key,
                             const char *fault, const char **out);
/* The same for the video: a name that is safe as a file's, behind any folders. Sets
 * written, video and clip. */
AqRecordFault aq_record_video(AqRecordReader *r, struct json_t *o, const char *key,
                              AqAnnotation *a);
/* -1 where there is no whole number at `key`, as such, as a float or as digits. */
int64_t aq_record_id(struct json_t *o, const char *key);
/* The array at `key`, itself or written as JSON or Python inside a string; NULL if
 * there is none. Gives a reference. */
struct json_t *aq_record_list(struct json_t *o, const char *key);
/* Its texts, at most `most`, in the arena; the faults say what is wrong. */
AqRecordFault aq_record_texts(AqRecordReader *r, struct json_t *list, size_t most,
                              const char *fault, const char *const **out, size_t *n);

/* ["Audio", "Counting"] at "type", in one of these ways. */
AqRecordFault aq_record_type(AqRecordReader *r, struct json_t *o, AqAnnotation *a);

/* One record in whatever layout the file has: appends it, or notes why not. `o` may be
 * of any kind, or NULL with the reason. `line` 0: there are no lines. Records must come
 * in order. AQ_ERR_NOMEM is the only error. */
AQ_MUST_CHECK AqErr aq_record_take(AqRecordReader *r, struct json_t *o, size_t line,
                                   AqRecordFault fault);

/* ---- the forms that are not one JSON array ---- */
AQ_MUST_CHECK AqErr aq_records_from_lines(AqRecordReader *r, const char *text,
                                          size_t bytes);
AQ_MUST_CHECK AqErr aq_records_from_csv(AqRecordReader *r, const char *text,
                                        size_t bytes);

#endif
