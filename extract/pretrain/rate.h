/* The learning rate of both trainings of extractors: up over some steps, then half a
 * cosine to 0 (Loshchilov and Hutter, "SGDR", 2017). */
#ifndef AQ_EXTRACT_PRETRAIN_RATE_H
#define AQ_EXTRACT_PRETRAIN_RATE_H
#include <math.h>

/* Of step 1 .. steps; `lr` is the largest. */
static inline double aq_pretrain_rate(double lr, double warm_up, double step,
                                      double steps)
{
    const double pi = 3.14159265358979, done = (step - 1) / steps;

    return lr * fmin(1, step / warm_up) * 0.5 * (1 + cos(pi * done));
}

#endif
