/*
 * Reads questions and answers from a data set's files into memory, and from there into
 * the store and back. A file's layout is detected from its content:
 *
 *   music-avqa  MUSIC-AVQA, v2.0, -R: video_id, question_content, templ_values, anser
 *   avqa        AVQA: video_name, question_text, multi_choice, answer (its index)
 *   plain       one's own: video, question, answer, type; if wanted split, question_id
 *
 * and of video questions without sound:
 *
 *   msvd-qa         id, video_id (a number), question, answer
 *   msrvtt-qa       the same and category_id
 *   activitynet-qa  two files: question_id, video_name, question; question_id, answer,
 *                   type (a number)
 *   tgif-qa         gif_name, question, answer; a1 to a5 to choose from, or a type
 *   just-ask        what Just-Ask and FrozenBiLM make of these: video_id, question,
 *                   answer, type (a number)
 *   ivqa            video_id, question, answer1 to answer5
 *
 * each as a JSON array of records or as JSON lines; also as CSV (RFC 4180) or separated
 * by tabs (without quoting), where the first row names the columns, in any order.
 * MSVD's youtube_mapping.txt ("NAME vid12") gives videos called vid12 their files'
 * names.
 */
#ifndef AQ_STORE_ANNOTATIONS_ANNOTATIONS_H
#define AQ_STORE_ANNOTATIONS_ANNOTATIONS_H
#include "base/arena.h"
#include "base/err.h"
#include "base/task.h"
#include "store/store.h"

#include <stddef.h>
#include <stdint.h>

#define AQ_ANNOTATION_MAX_TEXT    4096         /* bytes of a question or an answer */
#define AQ_ANNOTATION_MAX_VALUES  16           /* slots of a template */
#define AQ_ANNOTATION_MAX_CHOICES 64           /* answers to choose from */
#define AQ_ANNOTATION_MAX_FILE    (512u << 20) /* bytes of a file */

/* Strings are UTF-8, never NULL, and live as long as the list. */
typedef struct AqAnnotation {
    const char *video;   /* as written, without folders, in NFC; safe as a file name */
    const char *clip;    /* the same without a media extension: most likely the clip's
                            name; base/text/names.h */
    int64_t question_id; /* -1: none, or not a whole number */
    AqTask task;
    const char *modality;      /* "Audio", "Visual", "Audio-Visual"; "Other" */
    const char *kind;          /* "Counting", "Comparative", ... */
    const char *template_;     /* the question as it is written, slots and all */
    const char *const *values; /* templ_values, for the slots in order */
    size_t n_values;
    const char *question; /* the template with its slots filled */
    const char *answer;   /* as text; AVQA's index is resolved */
    const char *file;     /* the file it was read from */
    size_t index;         /* its index among the file's records, from 0 */

    const char *const *choices; /* AVQA's multi_choice, TGIF-QA's a1 to a5 */
    size_t n_choices;           /* 0: not AQ_TASK_CHOICE */

    /* Not kept in the store: a list from there has the video's name and "". */
    const char *written; /* the video as in the record, with folders */
    const char *also;    /* another name that its file may have; "": none */
    const char *id;      /* the question's, as in the record; "": none */
    const char *split;   /* as in the record; "": none */
} AqAnnotation;

/* A record that cannot be used. */
typedef struct AqAnnotationFault {
    const char *file;
    size_t index;           /* as above */
    size_t line;            /* in CSV and JSON lines, from 1; 0: an array */
    const char *id, *video; /* as written, cut to 255 bytes; "": none */
    const char *reason;
} AqAnnotationFault;

typedef struct AqAnnotationFile {
    const char *path;
    const char *layout; /* as above, "msvd-names" of a mapping; "": not detected */
    const char *form;   /* "JSON", "JSON lines", "CSV", "TSV", "names" */
    size_t n, n_skipped, n_deleted;
} AqAnnotationFile;

typedef struct AqAnnotations {
    AqAnnotation *v;
    size_t n;
    size_t n_skipped; /* malformed and deleted records */
    size_t n_deleted; /* of these, the ones the data set itself marks as deleted */
    AqAnnotationFault *faults; /* of the malformed ones, in order; after them those
                                  that the files together show */
    size_t n_faults;           /* n_skipped - n_deleted */
    AqAnnotationFile *files;   /* in the order they were read; none from the store */
    size_t n_files;
    AqArena *arena; /* owns the strings */
} AqAnnotations;

/* Called for each skipped record, with the reason. */
typedef void (*AqAnnotationSkipFn)(void *arg, const char *file, size_t index,
                                   const char *reason);

/* Reads the files into one list, in order. A file that is missing, or in none of the
 * layouts above, is an error; AQ_ERR_USAGE where all are sound and one is missing that
 * belongs to them (ActivityNet-QA's answers). A malformed record is skipped, counted,
 * recorded in `faults` and reported to `skip` (may be NULL). On failure *out is NULL.
 */
AQ_MUST_CHECK AqErr aq_annotations_read(const char *const *paths, size_t n_paths,
                                        AqAnnotationSkipFn skip, void *arg,
                                        AqAnnotations **out);
/* The same from memory; `name` stands for the file. */
AQ_MUST_CHECK AqErr aq_annotations_parse(const char *text, size_t bytes,
                                         const char *name, AqAnnotationSkipFn skip,
                                         void *arg, AqAnnotations **out);
/* The same from several files in memory. All borrowed. */
typedef struct AqAnnotationText {
    const char *name, *text;
    size_t bytes;
} AqAnnotationText;
AQ_MUST_CHECK AqErr aq_annotations_parse_texts(const AqAnnotationText *texts, size_t n,
                                               AqAnnotationSkipFn skip, void *arg,
                                               AqAnnotations **out);
void aq_annotations_free(AqAnnotations **a);

/* Names of videos as written (AqAnnotation.video), each once, in strcmp() order. */
typedef struct AqVideoName {
    char *name, *also; /* AqAnnotation.also */
} AqVideoName;
typedef struct AqVideoNames {
    AqVideoName *v;
    size_t n;
} AqVideoNames;

/* The videos that the files ask about; every name is valid as a file name. Answers in
 * files of their own are not needed. Fails and reports as aq_annotations_read() does;
 * *out is then empty. Release with aq_video_names_clear(). */
AQ_MUST_CHECK AqErr aq_annotations_videos(const char *const *paths, size_t n_paths,
                                          AqAnnotationSkipFn skip, void *arg,
                                          AqVideoNames *out);
void aq_video_names_clear(AqVideoNames *names);

/* Stores the list as `split` ("train", "val", "test") of `dataset`, replacing any
 * earlier list of that name, in one transaction. */
AQ_MUST_CHECK AqErr aq_store_put_annotations(AqStore *s, const char *dataset,
                                             const char *split, const AqAnnotations *a);
/* AQ_ERR_NOT_FOUND if there are none. split NULL: all splits of the data set. */
AQ_MUST_CHECK AqErr aq_store_get_annotations(AqStore *s, const char *dataset,
                                             const char *split, AqAnnotations **out);

#endif
