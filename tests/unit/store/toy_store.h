/*
 * Small stores for tests: four paths in a separate folder for each test, videos with
 * features made from a seed, and direct SQL on a file, bypassing the store's code. Any
 * failure fails the test.
 */
#ifndef AQ_TESTS_TOY_STORE_H
#define AQ_TESTS_TOY_STORE_H
#include "store/store.h"

enum { AQ_TOY_T = 3, AQ_TOY_C = 8, AQ_TOY_PATH = 96 };

extern char aq_toy_a[AQ_TOY_PATH], aq_toy_b[AQ_TOY_PATH], aq_toy_c[AQ_TOY_PATH],
    aq_toy_d[AQ_TOY_PATH];
extern const AqProvenance aq_toy_audio, aq_toy_visual;

/* cmocka set-up and tear-down: create and remove the folder. */
int aq_toy_fresh(void **state);
int aq_toy_gone(void **state);

AqStore *aq_toy_open(const char *path, AqStoreMode mode);
/* Puts a finished video (its digest is made from `content`) with features by `p`. */
void aq_toy_put(const char *db, const char *name, char content, const AqProvenance *p,
                int seed);
void aq_toy_put_failed(const char *db, const char *name, char content);
/* Puts one question of data set "band". */
void aq_toy_put_questions(const char *db, const char *split, const char *answer);

/* Creates a file beside the store and makes it the file of video `name`. */
void aq_toy_give_file(const char *db, const char *name, const char *content);

void aq_toy_sql(const char *db, const char *text);
long long aq_toy_number(const char *db, const char *text); /* first value of a query */

/* Checks that both hold the same videos with byte-identical feature rows. */
void aq_toy_same_features(const char *x, const char *y);
void aq_toy_sound(const char *db);  /* checks that it verifies */
void aq_toy_says(const char *what); /* checks the last error */

/* A callback that appends "WHERE: WHAT\n" to aq_toy_told; the test empties that. */
extern char aq_toy_told[4096];
void aq_toy_tell(void *ctx, const char *where, const char *what);
void aq_toy_has_told(const char *what);

#endif
