/*
 * Front ends: what a network is shown of a clip. Each network owns one, which says
 * which stream it uses, what a row stands for (base/rows.h), how large a row is, and
 * how a picture or a piece of sound is written into it. Code that reads media knows no
 * networks and code that runs networks knows no media; both use this. The decoder calls
 * prepare().
 */
#ifndef AQ_EXTRACT_INPUT_INPUT_H
#define AQ_EXTRACT_INPUT_INPUT_H
#include "base/err.h"
#include "base/modality.h"
#include "base/rows.h"

#include <stddef.h>
#include <stdint.h>

#define AQ_INPUT_RATE       16000     /* samples per second of the sound, mono */
#define AQ_INPUT_MAX_NAME   32        /* bytes of a front end's name, with the NUL */
#define AQ_INPUT_MAX_CONFIG 128       /* bytes of its settings */
#define AQ_INPUT_MAX_VALUES (1 << 26) /* of a row */

typedef struct AqInputDef AqInputDef;

/* A network's front end with its settings. A value: it holds no memory. */
typedef struct AqInput {
    const AqInputDef *def; /* static */
    AqRowPlan plan;
    int dims[3]; /* of a row */
    unsigned char
        config[AQ_INPUT_MAX_CONFIG]; /* private to the front end, padded with 0 */
} AqInput;

/* The input of prepare(); borrowed for the call. */
typedef struct AqInputShown {
    const int16_t *pcm; /* sound: a row's AQ_INPUT_RATE / per_second samples */
    const uint8_t *rgb; /* picture: `height` rows of width * 3 bytes, upright */
    int width, height, stride;
    int frame; /* number of the picture in its row, from 0 */
} AqInputShown;

struct AqInputDef {
    const char *name; /* unique among front ends */
    AqModality modality;
    /* All its settings as canonical text: rows made under another text are stale.
     * Gives; aq_free(). NULL when out of memory. */
    char *(*recipe)(const AqInput *in);
    /* Gives the state for prepare(), for one thread. */
    AqErr (*open)(void **state, const AqInput *in);
    /* Writes what is shown into `row` (dims), initially zeros. Called once for each
     * picture of the row, in order; shown->frame says which. */
    AqErr (*prepare)(void *state, const AqInputShown *shown, float *row);
    void (*close)(void **state); /* *state may be NULL */
    /* Which central part of a picture of that size the network sees: shares of its
     * width and height, 0 .. 1. NULL: all of it. */
    void (*part)(const AqInput *in, int width, int height, double share[2]);
};

/* The front end of that name, of any network; NULL if there is none. */
const AqInputDef *aq_input_named(const char *name);

/* Adds one to those, for tests only. Call before any thread is created; `def` must stay
 * valid. */
void aq_input_add(const AqInputDef *def);

/* Values of a row; 0 if its dims are out of bounds. */
size_t aq_input_values(const AqInput *in);

/* AQ_ERR_UNSUPPORTED or AQ_ERR_USAGE if nothing can be decoded with its plan or dims.
 */
AQ_MUST_CHECK AqErr aq_input_check(const AqInput *in);

/* The result of def->part(), or the whole picture. */
void aq_input_part(const AqInput *in, int width, int height, double share[2]);

#endif
