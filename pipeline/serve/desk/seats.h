/*
 * Where questions are answered: a few seats, each with threads, a handle on the store,
 * and a predictor and an occluder for each model. Whoever asks takes one, or waits in a
 * queue of limited length.
 *
 * Threads: any may take a seat; a seat taken is that thread's alone until it is given
 * back. The models are shared by all seats, and only read (model/trained/predictor.h).
 */
#ifndef AQ_PIPELINE_SERVE_DESK_SEATS_H
#define AQ_PIPELINE_SERVE_DESK_SEATS_H
#include "pipeline/asking/inquiry.h"
#include "pipeline/parallel/stage.h"
#include "pipeline/serve/desk/models.h"

typedef struct AqSeat {
    AqStore *store;
    AqThreadExecutor *exec;
    AqPredictor *predictor[AQ_DESK_MOST_MODELS]; /* made when they are first needed */
    AqOccluder *occluder[AQ_DESK_MOST_MODELS];
    int is_taken; /* inside */
} AqSeat;

typedef struct AqSeats AqSeats;

/* `n` seats that share `jobs` threads; up to `n_waiting` may wait for one. Borrows
 * models and store. */
AQ_MUST_CHECK AqErr aq_seats_new(AqSeats **out, const AqDeskModels *models,
                                 const AqStore *store, int n, int jobs, int n_waiting);
void aq_seats_free(AqSeats **s);

/* A seat with what the model needs. AQ_ERR_CANCELLED if the queue is full, after
 * `seconds` of waiting, and when the server is about to end and all seats are taken. */
AQ_MUST_CHECK AqErr aq_seats_take(AqSeats *s, int model, int seconds, AqSeat **out);
void aq_seats_give_back(AqSeats *s, AqSeat *seat);

#endif
