/*
 * Assembles clips and questions into a batch for the network: standardised, clamped,
 * padded, with present seconds marked. Memory is reused from batch to batch.
 */
#ifndef AQ_MODEL_TRAINED_BATCH_H
#define AQ_MODEL_TRAINED_BATCH_H
#include "model/data/dataset.h"
#include "model/trained/model.h"

typedef struct AqBatchMaker {
    AqBatch batch; /* points into the fields below */
    int n_held;    /* clips whose features it holds */
    float *features[AQ_N_MODALITIES], *changes, *scratch;
    unsigned char *on[AQ_N_MODALITIES];
    int *ints, *clip_of, *words, *lengths, *answers, *text_ids, *others, *seen,
        *candidate_of, *asked;
    size_t room_features[AQ_N_MODALITIES], room_changes, room_scratch,
        room_on[AQ_N_MODALITIES], room_ints;
} AqBatchMaker;

/* If several processes share a batch: the clips that this one holds, and what it must
 * know about all of them. */
typedef struct AqBatchPart {
    int first, n;  /* of the batch's clips */
    int n_seconds; /* of the longest of all clips (aq_batch_seconds) */
    const unsigned char *has[AQ_N_MODALITIES]; /* (C) which clips have the stream */
} AqBatchPart;

void aq_batch_clear(AqBatchMaker *b);

/* Begins a batch of C clips for B asks of N slots each; clips longer than the model's
 * max_seconds are cut. All slots are empty and clip_of is NULL. AQ_ERR_NUMERIC, with
 * the clip's index, stream and second, if a present value is not finite. */
AQ_MUST_CHECK AqErr aq_batch_begin(AqBatchMaker *b, const AqModel *m,
                                   const AqClipFeatures *clips, int n_clips, int n_asks,
                                   int n_slots);

/* The same if `clips` are only those of the part, and ask b is about clip b. The batch
 * is complete except for features, which is enough for the losses. */
AQ_MUST_CHECK AqErr aq_batch_begin_part(AqBatchMaker *b, const AqModel *m,
                                        const AqClipFeatures *clips, int n_clips,
                                        int n_slots, const AqBatchPart *part);

/* The number of seconds used of a clip, at most max_seconds; and whether the stream is
 * present in any of them. */
int aq_batch_seconds(const AqModel *m, const AqClipFeatures *f);
int aq_batch_streams(const AqModel *m, const AqClipFeatures *f, AqModality which);

/* The part's clips and asks as a separate batch, after aq_batch_end(); borrows. */
AqBatch aq_batch_of_part(const AqBatchMaker *b, const AqBatchPart *part);

/* Puts a question into slot `slot` of ask `ask`. */
void aq_batch_question(AqBatchMaker *b, int ask, int slot, const int *ids, int n_words,
                       int answer, int text_id);

/* Makes the slot a candidate of the ask's question number `of`, whose first `asked`
 * words are the question's. For models whose answers are choices. */
void aq_batch_candidate(AqBatchMaker *b, int ask, int slot, int of, int asked);

/* Lets only `n` of the ask's `of` questions, drawn at random, be seen (AqBatch.seen).
 */
void aq_batch_see(AqBatchMaker *b, int ask, int n, int of, AqRng *rng);

/* Trims the words to the longest question's length. Call after the last question. */
void aq_batch_end(AqBatchMaker *b);

/* Makes all asks about the first clip. */
void aq_batch_one_clip(AqBatchMaker *b);

#endif
