/*
 * Front ends: what a network is shown of a clip. Each network owns one: which stream it
 * is of, what its rows stand for (base/rows.h), how large a row is, and how a picture
 * or a piece of sound is written into it. What reads media knows no network and what
 * runs networks knows no media: this is what both may use. Whoever decodes calls
 * prepare().
 */
#ifndef AQ_EXTRACT_INPUT_INPUT_H
#define AQ_EXTRACT_INPUT_INPUT_H
#include "base/err.h"
#include "base/modality.h"
#include "base/rows.h"

#include <stddef.h>
#include <stdint.h>

#define AQ_INPUT_RATE       16000 /* samples a second of the sound that is shown, mono */
#define AQ_INPUT_MAX_NAME   32    /* bytes of a front end's name, with its end */
#define AQ_INPUT_MAX_CONFIG 128   /* bytes of its settings */
#define AQ_INPUT_MAX_VALUES (1 << 26) /* of a row */

typedef struct AqInputDef AqInputDef;

/* A network's front end with its settings. A value: it holds no memory. */
typedef struct AqInput {
    const AqInputDef *def; /* static */
    AqRowPlan plan;
    int dims[3];                               /* of a row */
    unsigned char config[AQ_INPUT_MAX_CONFIG]; /* the front end's own, 0 behind it */
} AqInput;

/* What prepare() is shown; borrowed for the call. */
typedef struct AqInputShown {
    const int16_t
        *pcm; /* sound: the AQ_INPUT_RATE / plan.per_second samples of a row */
    const uint8_t *rgb; /* picture: `height` rows of width * 3 bytes, upright */
    int width, height, stride;
    int frame; /* of a clip's frames this is which, from 0; 0 where rows are no clips */
} AqInputShown;

struct AqInputDef {
    const char *name; /* unique among front ends */
    AqModality modality;
    /* All of its settings as canonical text: rows made under another text are stale.
     * Gives; aq_free(). NULL when memory is out. */
    char *(*recipe)(const AqInput *in);
    /* Gives what prepare() works with; one thread's. */
    AqErr (*open)(void **state, const AqInput *in);
    /* Writes what is shown into `row` (dims), which begins as zeros. Clips: called once
     * for each frame of the row, in order; the frame knows its place. */
    AqErr (*prepare)(void *state, const AqInputShown *shown, float *row);
    void (*close)(void **state); /* NULL is fine in *state */
    /* The middle part of a picture of that size that the network sees: shares of its
     * width and height, 0 .. 1. NULL: all of it. */
    void (*part)(const AqInput *in, int width, int height, double share[2]);
};

/* Values of a row; 0 if its dims are out of bounds. */
size_t aq_input_values(const AqInput *in);

/* AQ_ERR_UNSUPPORTED, AQ_ERR_USAGE: a plan or dims that nothing can be decoded by. */
AQ_MUST_CHECK AqErr aq_input_check(const AqInput *in);

/* What def->part() says, or all. */
void aq_input_part(const AqInput *in, int width, int height, double share[2]);

/* Splits "key=value,key=value" and hands each to `set`. NULL and "" are fine. */
AQ_MUST_CHECK AqErr aq_switches_parse(const char *text,
                                      AqErr (*set)(void *ctx, const char *key,
                                                   const char *value),
                                      void *ctx);

#endif
