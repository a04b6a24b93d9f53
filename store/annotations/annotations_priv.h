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

/* What a file says of other files' questions: the answer to the question with an id, or
 * the name of a video. All in the list's arena. */
typedef struct AqRecordNote {
    const char *key, *value;
    const char *kind; /* of an answered question */
    const char *file;
    size_t index, line;
    int used;
} AqRecordNote;

typedef struct AqRecordNotes {
    AqRecordNote *v;
    size_t n;
} AqRecordNotes;

/* One of the two functions is there. Strings go into the list's arena. */
typedef struct AqRecordLayout {
    const char *name;
    int (*has_keys)(const struct json_t *o); /* identifies it, with any values */
    /* Fills *a, which has its ids. "" as an answer: it is in another file. */
    AqRecordFault (*read)(AqRecordReader *r, struct json_t *o, AqAnnotation *a);
    /* Fills *n, of a record that is no question itself, but for its place. */
    AqRecordFault (*note)(AqRecordReader *r, struct json_t *o, AqRecordNote *n);
} AqRecordLayout;

extern const AqRecordLayout aq_layout_music_avqa, aq_layout_avqa, aq_layout_plain,
    aq_layout_msvd, aq_layout_msrvtt, aq_layout_activitynet,
    aq_layout_activitynet_answers, aq_layout_tgif, aq_layout_just_ask, aq_layout_ivqa;

struct AqRecordReader {
    AqAnnotations *list;
    AqAnnotationFile *file;       /* the one being read: list->files' last */
    const AqRecordLayout *layout; /* its layout; NULL: not known yet */
    size_t n_records;             /* of this file, so far */
    AqRecordNotes answers, names; /* of all files so far */
    int videos_alone;             /* answers are not needed */
    AqAnnotationSkipFn skip;
    void *arg;
};

/* As aq_annotations_read(), but questions whose answers are in other files are kept
 * without. */
AQ_MUST_CHECK AqErr aq_annotations_read_videos(const char *const *paths, size_t n_paths,
                                               AqAnnotationSkipFn skip, void *arg,
                                               AqAnnotations **out);

/* ---- record.c: a record's parts ---- */

/* A copy in the arena; NULL when out of memory. */
const char *aq_record_keep(AqRecordReader *r, const char *text);
/* Is there such a key, with any value but null? */
int aq_record_has(const struct json_t *o, const char *key);
/* The text or whole number at `key`, in *out. If it is missing, empty, too long or
 * contains a zero byte: `fault`. */
AqRecordFault aq_record_text(AqRecordReader *r, struct json_t *o, const char *key,
                             const char *fault, const char **out);
/* The same for the video: after any folders, a name that is safe as a file name. Sets
 * written, video and clip. */
AqRecordFault aq_record_video(AqRecordReader *r, struct json_t *o, const char *key,
                              AqAnnotation *a);
/* The same for a video called `name`, and its other name (NULL: none). */
AqRecordFault aq_record_named(AqRecordReader *r, const char *name, const char *also,
                              AqAnnotation *a);
/* Question and template, at `key`. */
AqRecordFault aq_record_question(AqRecordReader *r, struct json_t *o, const char *key,
                                 AqAnnotation *a);
/* Its answer, the text at "answer". */
AqRecordFault aq_record_answer(AqRecordReader *r, struct json_t *o, const char **out);
/* The whole number at `key`, written as an integer, a float or digits; -1 if none. */
int64_t aq_record_id(const struct json_t *o, const char *key);
/* The array at `key`, given as such or as JSON or Python in a string; NULL if there is
 * none. Gives a reference. */
struct json_t *aq_record_list(struct json_t *o, const char *key);
/* The list's texts, at most `most`, in the arena. */
AqRecordFault aq_record_texts(AqRecordReader *r, struct json_t *list, size_t most,
                              const char *fault, const char *const **out, size_t *n);

/* ["Audio", "Counting"] at "type", as such or in a string. */
AqRecordFault aq_record_type(AqRecordReader *r, struct json_t *o, AqAnnotation *a);

/* ---- what layouts share ---- */

/* "What", "Who", "How", "When", "Where", by the question's first word; else "Other". */
const char *aq_first_word_kind(const char *question);
/* The video of MSVD-QA or MSRVTT-QA: `prefix` ("video") and its number. */
AqRecordFault aq_record_numbered_video(AqRecordReader *r, struct json_t *o,
                                       const char *prefix, AqAnnotation *a);
/* ActivityNet's: its id; the file may begin with "v_". */
AqRecordFault aq_record_youtube_video(AqRecordReader *r, struct json_t *o,
                                      const char *key, AqAnnotation *a);
/* Of ActivityNet-QA's type 0 to 8; NULL: another. */
const char *aq_activitynet_kind(int64_t type);

/* ---- take.c ---- */

/* The layout of a record, of columns' names alone too; NULL: none. */
const AqRecordLayout *aq_record_layout(const struct json_t *o);
/* Takes one record, in the file's layout: appends it, or records why not. `o` may be of
 * any JSON type, or NULL with the reason. `line` 0: the file has no lines. Records must
 * come in order. AQ_ERR_NOMEM is the only error. */
AQ_MUST_CHECK AqErr aq_record_take(AqRecordReader *r, struct json_t *o, size_t line,
                                   AqRecordFault fault);
AQ_MUST_CHECK AqErr aq_record_notes_add(AqRecordNotes *to, const AqRecordNote *n);
/* Records and reports a fault. */
AQ_MUST_CHECK AqErr aq_record_note_fault(AqRecordReader *r, const AqAnnotationFault *f);

/* ---- join.c: files that belong together ---- */
/* Once, after all files: answers that are in files of their own come to their
 * questions, and videos get their files' names. */
AQ_MUST_CHECK AqErr aq_records_join(AqRecordReader *r);

/* ---- the forms that are not one JSON array ---- */
AQ_MUST_CHECK AqErr aq_records_from_lines(AqRecordReader *r, const char *text,
                                          size_t bytes);
AQ_MUST_CHECK AqErr aq_records_from_csv(AqRecordReader *r, const char *text,
                                        size_t bytes);
AQ_MUST_CHECK AqErr aq_records_from_tsv(AqRecordReader *r, const char *text,
                                        size_t bytes);
/* Lines "NAME vid12". */
int aq_is_name_map(const char *text, size_t bytes);
AQ_MUST_CHECK AqErr aq_records_from_name_map(AqRecordReader *r, const char *text,
                                             size_t bytes);

/* ---- table.c: rows whose columns the first row names; for CSV and TSV ---- */
typedef struct AqRecordTable AqRecordTable;

AQ_MUST_CHECK AqErr aq_record_table_new(AqRecordTable **out, AqRecordReader *r);
void aq_record_table_free(AqRecordTable **t);
/* A field of the row; then the row's end. `line`: the row's first. */
AQ_MUST_CHECK AqErr aq_record_table_field(AqRecordTable *t, const char *text, size_t n);
AQ_MUST_CHECK AqErr aq_record_table_row(AqRecordTable *t, size_t line);
size_t aq_record_table_fields(const AqRecordTable *t); /* of the row, so far */
/* After the last row. */
AQ_MUST_CHECK AqErr aq_record_table_end(AqRecordTable *t);

#endif
