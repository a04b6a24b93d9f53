/*
 * The replacement for a hidden part of a clip's features: the mean of the rest of the
 * clip, so that nothing specific to the part is left and the input stays typical for
 * the network.
 */
#ifndef AQ_MODEL_EXPLAIN_STAND_IN_H
#define AQ_MODEL_EXPLAIN_STAND_IN_H

/* One stream of a clip: T seconds of S cells (sound: 1) of `dim` values. */
typedef struct AqStandInOf {
    const float *from;       /* (T,S,dim) */
    const unsigned char *on; /* (T) present, or NULL: all */
    int n_seconds, n_cells, dim;
    const float *usual; /* (dim) of a stream: the replacement if there is no rest */
} AqStandInOf;

/* to (T,S,dim): in each present second the mean of the other present ones. */
void aq_stand_in_seconds(float *to, const AqStandInOf *s);

/* to (T,S,dim): the same clip, but in cell `cell` of each present second the mean of
 * the second's other cells. */
void aq_stand_in_cell(float *to, const AqStandInOf *s, int cell);

#endif
