/* A network of hearing of six to ten channels, as a file, and its definition in double
 * precision. */
#ifndef AQ_TESTS_SMALL_HEARING_H
#define AQ_TESTS_SMALL_HEARING_H

enum {
    AQ_SMALL_HEARING_VALUES = 10,
    AQ_SMALL_HEARING_COLUMNS = 26,
    AQ_SMALL_HEARING_INPUT = 96 * 64
};

void aq_small_hearing_write(const char *path);

/* in (96,64) to the values and then the log-odds. */
void aq_small_hearing_run(const float *in, double *out);

#endif
