/*
 * Seconds of sound to learn from: what a network is shown of each, what the teacher
 * says of it, and what is heard in it where that is known. Of a file NAME in a folder
 * there are NAME.input.npy (T,96,64) and NAME.teacher.npy (T,1545), as `avqa-pipe
 * features` writes them, and of sound whose truth is known NAME.heard (phrases).
 */
#ifndef AQ_EXTRACT_PRETRAIN_LESSONS_H
#define AQ_EXTRACT_PRETRAIN_LESSONS_H
#include "base/concepts/heard.h"
#include "model/nn/nn.h"
#include "model/weights/weights.h"

enum {
    AQ_LESSON_INPUT = 96 * 64,
    AQ_LESSON_VALUES = 1024,
    AQ_LESSON_CLASSES = 521,
    AQ_LESSON_TEACHER = AQ_LESSON_VALUES + AQ_LESSON_CLASSES,
    AQ_LESSON_COLUMNS = AQ_N_HEARD
};

typedef struct AqLesson {
    const float *input;   /* AQ_LESSON_INPUT values; NULL: left out */
    const float *teacher; /* AQ_LESSON_TEACHER values */
    const char *heard; /* AQ_LESSON_COLUMNS of '1', '0', '?'; NULL: nothing is known */
} AqLesson;

typedef struct AqLessons {
    int no_input; /* set before adding: files need no NAME.input.npy, nor are they read
                   */
    size_t n;
    AqLesson *v;
    size_t n_files;
    struct AqLessonFile *file; /* what the lessons lie in */
} AqLessons;

/* Adds every file of the folder, in the order of their names. */
AQ_MUST_CHECK AqErr aq_lessons_add(AqLessons *l, const char *folder);
void aq_lessons_clear(AqLessons *l);

/* Of the teacher's AQ_LESSON_VALUES values the means, and what to multiply by to divide
 * by the deviation; over the seconds whose truth is known if there are any. Of others a
 * map of the values then says what it says of these on the whole, where they differ
 * from all of these alike, instead of the opposite. */
void aq_lessons_measure(const AqLessons *l, double *mean, double *by);

/* Is the column of largest value among the kinds that of the only kind that is heard?
 * -1: none or several are heard, or nothing is known. */
int aq_lesson_is_right(const AqLesson *a, const AqReal *logits);

/* The share of the seconds of which a column's truth is known in which it is true, with
 * one true of two added. */
double aq_lessons_share(const AqLessons *l, int column);

#endif
