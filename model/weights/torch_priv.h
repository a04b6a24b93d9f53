/* What both forms of torch.save's files share: from a pickled value to named arrays. */
#ifndef AQ_MODEL_WEIGHTS_TORCH_PRIV_H
#define AQ_MODEL_WEIGHTS_TORCH_PRIV_H
#include "model/weights/pickle_priv.h"

/* The storage of that key, or NULL. */
AqPyStorage *aq_torch_find(const AqPickle *p, const char *key, size_t key_bytes);

/* Looks at a persistent id ('storage', class, key, device, count): finds the storage,
 * or makes one without data. */
AQ_MUST_CHECK AqErr aq_torch_storage(AqPickle *p, const AqPy *id, AqPyStorage **out);

/*
 * Adds the tensors of the value's dictionary to p->w: of the value itself, or of one in
 * it, 'model' and 'state_dict' first. What is left out goes into the note. Tensors that
 * reach out of their storage are AQ_ERR_FORMAT.
 */
AQ_MUST_CHECK AqErr aq_torch_add(AqPickle *p, const AqPy *value);

#endif
