/*
 * Laying clips and questions side by side for the network: standardised, clamped,
 * padded, with the seconds that are there marked. The memory is kept from batch to
 * batch.
 */
#ifndef AQ_MODEL_TRAINED_BATCH_H
#define AQ_MODEL_TRAINED_BATCH_H
#include "model/data/dataset.h"
#include "model/trained/model.h"

typedef struct AqBatchMaker {
    AqBatch batch; /* points into what follows */
    float *features[AQ_N_MODALITIES];
    unsigned char *on[AQ_N_MODALITIES];
    int *ints, *clip_of, *words, *lengths, *answers, *text_ids, *others;
    size_t room_features[AQ_N_MODALITIES], room_on[AQ_N_MODALITIES], room_ints;
} AqBatchMaker;

/* Where several processes share a batch: the clips that this one holds, and what it
 * has to know of all. */
typedef struct AqBatchPart {
    int first, n;  /* of the batch's clips */
    int n_seconds; /* of the longest clip of all (aq_batch_seconds) */
    const unsigned char *has[AQ_N_MODALITIES]; /* (C) which clips have the stream */
} AqBatchPart;

void aq_batch_clear(AqBatchMaker *b);

/* The clips, C of them, for B asks of N slots each; clips longer than the model's
 * max_seconds are cut. All slots are empty then, clip_of is NULL. AQ_ERR_NUMERIC where
 * a present value is not finite: says the clip's place in the list, stream, second. */
AQ_MUST_CHECK AqErr aq_batch_begin(AqBatchMaker *b, const AqModel *m,
                                   const AqClipFeatures *clips, int n_clips, int n_asks,
                                   int n_slots);

/* The same where `clips` are only those of the part, and each ask is about the clip of
 * its number. The batch is whole but for the features: good for the losses. */
AQ_MUST_CHECK AqErr aq_batch_begin_part(AqBatchMaker *b, const AqModel *m,
                                        const AqClipFeatures *clips, int n_clips,
                                        int n_slots, const AqBatchPart *part);

/* Seconds of a clip that count, at most max_seconds; and whether the stream is there in
 * any of them. */
int aq_batch_seconds(const AqModel *m, const AqClipFeatures *f);
int aq_batch_streams(const AqModel *m, const AqClipFeatures *f, AqModality which);

/* The part's clips and asks as a batch of their own, after aq_batch_end; borrows. */
AqBatch aq_batch_of_part(const AqBatchMaker *b, const AqBatchPart *part);

/* Puts a question into slot `slot` of ask `ask`. */
void aq_batch_question(AqBatchMaker *b, int ask, int slot, const int *ids, int n_words,
                       int answer, int text_id);

/* Cuts the width of the words to the longest question. After the last question. */
void aq_batch_end(AqBatchMaker *b);

/* All asks are about one clip, the first. */
void aq_batch_one_clip(AqBatchMaker *b);

#endif
