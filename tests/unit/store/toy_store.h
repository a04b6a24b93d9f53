/*
 * Small stores for tests: four paths in a folder that each test has for itself, videos
 * with features whose values tell of a seed, and looks into a file behind the back of
 * the store's own code. Whatever fails, fails the test.
 */
#ifndef AQ_TESTS_TOY_STORE_H
#define AQ_TESTS_TOY_STORE_H
#include "store/store.h"

enum { AQ_TOY_T = 3, AQ_TOY_C = 8, AQ_TOY_PATH = 96 };

extern char aq_toy_a[AQ_TOY_PATH], aq_toy_b[AQ_TOY_PATH], aq_toy_c[AQ_TOY_PATH],
    aq_toy_d[AQ_TOY_PATH];
extern const AqProvenance aq_toy_audio, aq_toy_visual;

/* cmocka's set-up and tear-down: the folder. */
int aq_toy_fresh(void **state);
int aq_toy_gone(void **state);

AqStore *aq_toy_open(const char *path, AqStoreMode mode);
/* A video that is done (`content` makes up its digest), with features by `p`. */
void aq_toy_put(const char *db, const char *name, char content, const AqProvenance *p,
                int seed);
void aq_toy_put_failed(const char *db, const char *name, char content);
/* One question of data set "band". */
void aq_toy_put_questions(const char *db, const char *split, const char *answer);

/* Makes the row of `name` that of a file that is there, beside the store. */
void aq_toy_give_file(const char *db, const char *name, const char *content);

void aq_toy_sql(const char *db, const char *text);
long long aq_toy_number(const char *db, const char *text); /* a query's first value */

/* The two hold the same videos with the same feature rows, to the byte. */
void aq_toy_same_features(const char *x, const char *y);
void aq_toy_sound(const char *db);  /* verifies without a fault */
void aq_toy_says(const char *what); /* the last sentence holds that */

/* A callback that adds "WHERE: WHAT\n" to aq_toy_told, which the test empties. */
extern char aq_toy_told[4096];
void aq_toy_tell(void *ctx, const char *where, const char *what);
void aq_toy_has_told(const char *what);

#endif
