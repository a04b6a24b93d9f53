/*
 * AqTensor: a dense row-major array of AqReal with up to six dimensions. It borrows its
 * memory: from an arena (activations, freed when the step ends), from a parameter slab
 * (model/nn/params.h) or from a mapped weight file.
 */
#ifndef AQ_MODEL_TENSOR_TENSOR_H
#define AQ_MODEL_TENSOR_TENSOR_H
#include "model/tensor/real.h"

#include <stddef.h>

#define AQ_MAX_DIMS 6

typedef struct AqFrozen AqFrozen; /* model/tensor/frozen.h */

typedef struct AqTensor AqTensor;
struct AqTensor {
    int n_dims; /* 1 .. AQ_MAX_DIMS */
    int dims[AQ_MAX_DIMS];
    AqReal *data;
    AqReal *grad;     /* same shape; NULL until allocated */
    int wants_grad;   /* a backward pass must fill grad */
    AqFrozen *frozen; /* for weights that no longer change, else NULL; borrowed */
    AqTensor *base;   /* for a view: the tensor whose memory and gradient it shares */
};

/* Number of values, in all and in dimensions `first` .. n_dims-1. */
size_t aq_tensor_count(const AqTensor *t);
size_t aq_tensor_inner(const AqTensor *t, int first);

/* Size of dimension k; negative k counts from the end (-1 is the last). */
int aq_tensor_dim(const AqTensor *t, int k);

int aq_tensor_same_shape(const AqTensor *a, const AqTensor *b);

/* Writes "[2, 49, 768]" into `text`; returns text. */
char *aq_tensor_shape_text(const AqTensor *t, char *text, size_t bytes);

#endif
