/* Training labels that are wrong or few, for experiments with what real ones are like.
 */
#ifndef AQ_TOYBAND_LABELS_H
#define AQ_TOYBAND_LABELS_H
#include "examples/toyband/questions/wordings.h"

/* Another answer that the template can have, at random. */
const char *aq_toy_wrong_answer(const AqToyWording *w, const char *answer, AqRng *r);

/* Keeps `most` random ones of the list's records from `first` on, in their order. */
void aq_toy_keep_some(json_t *list, size_t first, int most, AqRng *r);

#endif
