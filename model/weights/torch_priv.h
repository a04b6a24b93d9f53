/* Shared by both of torch.save's formats: from a pickled value to named arrays. */
#ifndef AQ_MODEL_WEIGHTS_TORCH_PRIV_H
#define AQ_MODEL_WEIGHTS_TORCH_PRIV_H
#include "model/weights/pickle_priv.h"

/* The storage of that key, or NULL. */
AqPyStorage *aq_torch_find(const AqPickle *p, const char *key, size_t key_bytes);

/* Parses a persistent id ('storage', class, key, device, count): finds the storage, or
 * makes one without data. */
AQ_MUST_CHECK AqErr aq_torch_storage(AqPickle *p, const AqPy *id, AqPyStorage **out);

/*
 * Adds the tensors of a dictionary to p->w: the value itself, or one in it, 'model' and
 * 'state_dict' first. Keys left out are listed in the note. Tensors that extend beyond
 * their storage are AQ_ERR_FORMAT.
 */
AQ_MUST_CHECK AqErr aq_torch_add(AqPickle *p, const AqPy *value);

#endif
