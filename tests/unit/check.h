/* cmocka with the headers that it needs, and comparisons that fail on NaN. */
#ifndef AQ_TESTS_CHECK_H
#define AQ_TESTS_CHECK_H
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Fails, printing both, unless |a - b| <= abs + rel * |b|. */
#define CHECK_NEAR(a, b, abs_tol, rel_tol)                                             \
    do {                                                                               \
        const double a_ = (double)(a), b_ = (double)(b);                               \
        if (!(fabs(a_ - b_) <= (abs_tol) + (rel_tol)*fabs(b_)))                        \
            fail_msg("%s = %.9g, expected %.9g", #a, a_, b_);                          \
    } while (0)

#define CHECK_OK(call)                                                                 \
    do {                                                                               \
        const AqErr err_ = (call);                                                     \
        if (err_ != AQ_OK)                                                             \
            fail_msg("%s: %s: %s", #call, aq_err_name(err_), aq_err_text());           \
    } while (0)

#endif
