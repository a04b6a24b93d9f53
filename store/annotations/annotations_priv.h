/*
 * Inside the readers: a file's form (array, lines, CSV) yields records as JSON objects,
 * and its layout turns them into questions.
 */
#ifndef AQ_STORE_ANNOTATIONS_ANNOTATIONS_PRIV_H
#define AQ_STORE_ANNOTATIONS_ANNOTATIONS_PRIV_H
#include "store/annotations/annotations.h"

struct json_t;

/* What is wrong with a record; NULL: nothing; "": out of memory. */
typedef const char *AqRecordFault;

typedef struct AqRecordReader AqRecordReader;

typedef struct AqRecordLayout {
    const char *name;
    const char *const *keys; /* any of them identifies the layout; ends with NULL */
    /* Fills *a; its strings go into the list's arena. */
    AqRecordFault (*read)(AqRecordReader *r, struct json_t *o, AqAnnotation *a);
} AqRecordLayout;

extern const AqRecordLayout aq_layout_music_avqa, aq_layout_avqa, aq_layout_plain;

struct AqRecordReader {
    AqAnnotations *list;
    AqAnnotationFile *file;       /* the one being read: list->files' last */
    const AqRecordLayout *layout; /* its layout; NULL: not known yet */
    size_t n_records;             /* of this file, so far */
    AqAnnotationSkipFn skip;
    void *arg;
};

/* ---- annotations_record.c: a record's parts ---- */

/* A copy in the arena; NULL when out of memory. */
const char *aq_record_keep(AqRecordReader *r, const char *text);
/* The text or whole number at `key`, in *out. If it is missing, empty, too long or
 * contains a zero byte: `fault`. */
AqRecordFault aq_record_text(AqRecordReader *r, struct json_t *o, const char *key,
                             const char *fault, const char **out);
/* The same for the video: after any folders, a name that is safe as a file name. Sets
 * written, video and clip. */
AqRecordFault aq_record_video(AqRecordReader *r, struct json_t *o, const char *key,
                              AqAnnotation *a);
/* The whole number at `key`, written as an integer, a float or digits; -1 if none. */
int64_t aq_record_id(struct json_t *o, const char *key);
/* The array at `key`, given as such or as JSON or Python in a string; NULL if there is
 * none. Gives a reference. */
struct json_t *aq_record_list(struct json_t *o, const char *key);
/* The list's texts, at most `most`, in the arena. */
AqRecordFault aq_record_texts(AqRecordReader *r, struct json_t *list, size_t most,
                              const char *fault, const char *const **out, size_t *n);

/* ["Audio", "Counting"] at "type", as such or in a string. */
AqRecordFault aq_record_type(AqRecordReader *r, struct json_t *o, AqAnnotation *a);

/* Takes one record, in the file's layout: appends it, or records why not. `o` may be of
 * any JSON type, or NULL with the reason. `line` 0: the file has no lines. Records must
 * come in order. AQ_ERR_NOMEM is the only error. */
AQ_MUST_CHECK AqErr aq_record_take(AqRecordReader *r, struct json_t *o, size_t line,
                                   AqRecordFault fault);

/* ---- the forms that are not one JSON array ---- */
AQ_MUST_CHECK AqErr aq_records_from_lines(AqRecordReader *r, const char *text,
                                          size_t bytes);
AQ_MUST_CHECK AqErr aq_records_from_csv(AqRecordReader *r, const char *text,
                                        size_t bytes);

#endif
