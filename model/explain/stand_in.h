/*
 * What is put in the place of a hidden part of a clip's features: what the rest of the
 * clip is like on average, so that nothing of the part's own is left, and the network
 * meets nothing that it does not know.
 */
#ifndef AQ_MODEL_EXPLAIN_STAND_IN_H
#define AQ_MODEL_EXPLAIN_STAND_IN_H

/* One stream of a clip: T seconds of S cells (sound: 1) of `dim` values. */
typedef struct AqStandInOf {
    const float *from;       /* (T,S,dim) */
    const unsigned char *on; /* (T) present, or NULL: all */
    int n_seconds, n_cells, dim;
    const float *usual; /* (dim) of a stream: what stands in where there is no rest */
} AqStandInOf;

/* to (T,S,dim): in each present second the mean of the other present ones. */
void aq_stand_in_seconds(float *to, const AqStandInOf *s);

/* to (T,S,dim): the same clip, but in cell `cell` of each present second the mean of
 * the second's other cells. */
void aq_stand_in_cell(float *to, const AqStandInOf *s, int cell);

#endif
