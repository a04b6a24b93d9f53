/* A YAMNet of two and three channels, as files of each naming, and its definition in
 * double precision. */
#ifndef AQ_TESTS_SMALL_YAMNET_H
#define AQ_TESTS_SMALL_YAMNET_H

enum {
    AQ_SMALL_YAMNET_VALUES = 3,
    AQ_SMALL_YAMNET_CLASSES = 4,
    AQ_SMALL_YAMNET_INPUT = 96 * 64
};

typedef enum AqSmallYamnetFile {
    AQ_SMALL_YAMNET_OURS,   /* this program's names, norms folded */
    AQ_SMALL_YAMNET_KERAS,  /* Keras's, with batch norms */
    AQ_SMALL_YAMNET_SCALED, /* the same where the norms have a scale, of 1 */
    AQ_SMALL_YAMNET_TFLITE, /* TensorFlow Lite's, norms folded */
    AQ_SMALL_YAMNET_N_FILES
} AqSmallYamnetFile;

void aq_small_yamnet_write(const char *path, AqSmallYamnetFile file);

/* in (96,64) to the values and then the scores, with batch norms. */
void aq_small_yamnet_run(const float *in, double *out);

#endif
