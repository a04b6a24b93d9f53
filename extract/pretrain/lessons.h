/*
 * Seconds of sound to learn from: what a network is shown of each, what the teacher
 * says of it, and what is heard in it where that is known. Of a file NAME in a folder
 * there are NAME.input.npy (T,96,64) and NAME.teacher.npy (T,1545), as `avqa-pipe
 * features` writes them, and of sound whose truth is known NAME.heard (phrases).
 */
#ifndef AQ_EXTRACT_PRETRAIN_LESSONS_H
#define AQ_EXTRACT_PRETRAIN_LESSONS_H
#include "model/weights/weights.h"

enum {
    AQ_LESSON_INPUT = 96 * 64,
    AQ_LESSON_VALUES = 1024,
    AQ_LESSON_CLASSES = 521,
    AQ_LESSON_TEACHER = AQ_LESSON_VALUES + AQ_LESSON_CLASSES,
    AQ_LESSON_COLUMNS = 26
};

typedef struct AqLesson {
    const float *input, *teacher; /* AQ_LESSON_INPUT and AQ_LESSON_TEACHER values */
    const char *heard; /* AQ_LESSON_COLUMNS of '1', '0', '?'; NULL: nothing is known */
} AqLesson;

typedef struct AqLessons {
    size_t n;
    AqLesson *v;
    size_t n_files;
    struct AqLessonFile *file; /* what the lessons lie in */
} AqLessons;

/* Adds every file of the folder, in the order of their names. */
AQ_MUST_CHECK AqErr aq_lessons_add(AqLessons *l, const char *folder);
void aq_lessons_clear(AqLessons *l);

#endif
