/*
 * The training split as the trainer uses it: questions encoded once and grouped by
 * video, features loaded through a cache of limited size, and their statistics.
 */
#ifndef AQ_MODEL_TRAIN_TRAIN_DATA_H
#define AQ_MODEL_TRAIN_TRAIN_DATA_H
#include "base/rng.h"
#include "model/data/dataset.h"
#include "model/trained/model.h"

/* A video with questions: order[first .. first+n) are its questions; those from `next`
 * on have not been asked since the last shuffle. */
typedef struct AqTrainVideo {
    size_t clip, first, n, next;
} AqTrainVideo;

typedef struct AqTrainData {
    const AqDataset *set;
    AqTrainVideo *videos;
    size_t n_videos;
    size_t *order;     /* questions, grouped by video */
    size_t *first_row; /* (n_questions + 1) a question's rows (model/answer/head.h):
                          itself, or a candidate for each choice */
    size_t most_rows;  /* of a question */
    int *ids, *n_words, *asked; /* of each row; asked: of candidates the words that are
                                   the question's */
    int *answer, *text;         /* of each question: the answer's number, its text's */
    int max_words;
    AqClipFeatures *cache; /* (n_clips) our copies */
    unsigned char *cached; /* (n_clips) */
    size_t cache_bytes, cache_most;
} AqTrainData;

AQ_MUST_CHECK AqErr aq_train_data_open(AqTrainData *d, const AqDataset *set,
                                       const AqModel *m, size_t cache_bytes);
void aq_train_data_close(AqTrainData *d);

/* A clip's features; return them with aq_train_data_release(). */
AQ_MUST_CHECK AqErr aq_train_data_load(AqTrainData *d, size_t clip,
                                       AqClipFeatures *out);
void aq_train_data_release(AqTrainData *d, size_t clip, AqClipFeatures *f);

/* Announces those of the next n videos to load that are not in the cache. */
void aq_train_data_ahead(const AqTrainData *d, const size_t *videos, int n);

/* Draws the next n questions of a video, without repeats until all have been asked;
 * returns how many (fewer if it has fewer). */
int aq_train_data_draw(AqTrainData *d, AqTrainVideo *v, AqRng *rng, int n, size_t *out);

/* Computes each channel's mean and inverse standard deviation over the present seconds;
 * a constant channel is switched off. AQ_ERR_NUMERIC names clip and second. */
AQ_MUST_CHECK AqErr aq_train_data_statistics(AqTrainData *d, AqModel *m);

#endif
