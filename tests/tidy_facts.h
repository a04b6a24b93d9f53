/* For clang-tidy only, which sees one file at a time: tells it that aq_fail() never
 * returns AQ_OK. Included before every source but err.c (tests/lint.sh). */
#ifndef AQ_TESTS_TIDY_FACTS_H
#define AQ_TESTS_TIDY_FACTS_H
#include "base/err.h"

static inline AqErr aq_facts_failed(AqErr err)
{
    if (err == AQ_OK)
        __builtin_unreachable();
    return err;
}
#define aq_fail(...)       aq_facts_failed(aq_fail(__VA_ARGS__))
#define aq_fail_errno(...) aq_facts_failed(aq_fail_errno(__VA_ARGS__))

#endif
