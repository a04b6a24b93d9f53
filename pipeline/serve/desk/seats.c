/* SPDX-License-Identifier: MIT */
#include "pipeline/serve/desk/seats.h"

#include "base/alloc.h"

#include <pthread.h>
#include <time.h>

struct AqSeats {
    const AqDeskModels *models;
    int n, most_waiting; /* constant, as models */
    pthread_mutex_t lock;
    pthread_cond_t given_back;
    AqSeat *seat;  /* (n); is_taken under lock, the rest its taker's */
    int n_waiting; /* under lock */
};

AqErr aq_seats_new(AqSeats **out, const AqDeskModels *models, const AqStore *store,
                   int n, int jobs, int n_waiting)
{
    *out = NULL;
    AqSeats *s = aq_alloc(1, sizeof *s);
    if (!s)
        return AQ_ERR_NOMEM;
    s->models = models;
    s->most_waiting = n_waiting;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->given_back, NULL);
    s->seat = aq_alloc((size_t)n, sizeof *s->seat);
    AqErr err = s->seat ? AQ_OK : AQ_ERR_NOMEM;
    for (; err == AQ_OK && s->n < n; s->n++) {
        const int threads = jobs / n > 1 ? jobs / n : 1;

        err = aq_store_open_again(&s->seat[s->n].store, store, AQ_STORE_WRITE);
        if (err == AQ_OK)
            err = aq_thread_executor_new(&s->seat[s->n].exec, threads);
    }
    if (err != AQ_OK)
        aq_seats_free(&s);
    *out = s;
    return err;
}

void aq_seats_free(AqSeats **ps)
{
    AqSeats *s = *ps;

    if (!s)
        return;
    for (int k = 0; k < s->n; k++) {
        for (int m = 0; m < AQ_DESK_MOST_MODELS; m++) {
            aq_occluder_free(&s->seat[k].occluder[m]);
            aq_predictor_free(&s->seat[k].predictor[m]);
        }
        aq_thread_executor_free(&s->seat[k].exec);
        aq_store_close(&s->seat[k].store);
    }
    aq_free(s->seat);
    (void)pthread_cond_destroy(&s->given_back);
    (void)pthread_mutex_destroy(&s->lock);
    aq_free(s);
    *ps = NULL;
}

/* Under the lock. */
static AqSeat *find_free_seat(AqSeats *s)
{
    for (int k = 0; k < s->n; k++)
        if (!s->seat[k].is_taken)
            return &s->seat[k];
    return NULL;
}

/* The next that is free; NULL after `seconds`. Under the lock. */
static AqSeat *wait_for_seat(AqSeats *s, int seconds)
{
    struct timespec until;
    AqSeat *seat;
    int late = 0;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    s->n_waiting++;
    while (!(seat = find_free_seat(s)) && !late)
        late = pthread_cond_timedwait(&s->given_back, &s->lock, &until) != 0;
    s->n_waiting--;
    return seat;
}

/* For the seat that was taken: what it lacks for the model. */
static AqErr fit_seat_out(const AqSeats *s, AqSeat *seat, int model)
{
    const AqModel *m = s->models->at[model].model;
    AqErr err = AQ_OK;

    if (!seat->predictor[model])
        err = aq_predictor_new(&seat->predictor[model], m, NULL);
    if (err == AQ_OK && !seat->occluder[model])
        err = aq_occluder_new(&seat->occluder[model], m,
                              aq_thread_executor_as(seat->exec));
    return err;
}

AqErr aq_seats_take(AqSeats *s, int model, int seconds, AqSeat **out)
{
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&s->lock);
    AqSeat *seat = find_free_seat(s);
    const int is_full = !seat && s->n_waiting >= s->most_waiting;
    if (!seat && !is_full)
        seat = wait_for_seat(s, seconds);
    if (seat)
        seat->is_taken = 1;
    (void)pthread_mutex_unlock(&s->lock);
    if (!seat)
        err = aq_fail(AQ_ERR_CANCELLED,
                      is_full ? "as many questions wait for an answer as may"
                              : "the question waited too long for its turn");
    if (err == AQ_OK)
        err = fit_seat_out(s, seat, model);
    if (err != AQ_OK && seat) {
        aq_seats_give_back(s, seat);
        seat = NULL;
    }
    *out = seat;
    return err;
}

void aq_seats_give_back(AqSeats *s, AqSeat *seat)
{
    (void)pthread_mutex_lock(&s->lock);
    seat->is_taken = 0;
    (void)pthread_cond_signal(&s->given_back);
    (void)pthread_mutex_unlock(&s->lock);
}
