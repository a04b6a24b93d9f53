/*
 * Laying clips and questions side by side for the network: standardised, clamped,
 * padded, with the seconds that are there marked. The memory is kept from batch to
 * batch.
 */
#ifndef AQ_COQO_BATCH_H
#define AQ_COQO_BATCH_H
#include "model/coqo/coqo.h"
#include "model/coqo/dataset.h"
#include "model/coqo/model_file.h"

typedef struct AqBatchMaker {
    AqCoqoBatch batch; /* points into what follows */
    float *features[AQ_N_MODALITIES];
    unsigned char *on[AQ_N_MODALITIES];
    int *ints, *clip_of, *words, *lengths, *answers, *text_ids, *others;
    size_t room_features[AQ_N_MODALITIES], room_on[AQ_N_MODALITIES], room_ints;
} AqBatchMaker;

void aq_batch_clear(AqBatchMaker *b);

/* The clips, C of them, for B asks of N slots each; clips longer than the model's
 * max_seconds are cut. All slots are empty then, clip_of is NULL. AQ_ERR_NUMERIC where
 * a present value is not finite: says the clip's place in the list, stream, second. */
AQ_MUST_CHECK AqErr aq_batch_begin(AqBatchMaker *b, const AqCoqoModel *m,
                                   const AqClipFeatures *clips, int n_clips, int n_asks,
                                   int n_slots);

/* Puts a question into slot `slot` of ask `ask`. */
void aq_batch_question(AqBatchMaker *b, int ask, int slot, const int *ids, int n_words,
                       int answer, int text_id);

/* Cuts the width of the words to the longest question. After the last question. */
void aq_batch_end(AqBatchMaker *b);

/* All asks are about one clip, the first. */
void aq_batch_one_clip(AqBatchMaker *b);

#endif
