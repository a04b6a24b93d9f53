/* A model's questions as ids: of its vocabulary, or of the rows of a text tower. */
#ifndef AQ_MODEL_TRAINED_MODEL_TOWER_H
#define AQ_MODEL_TRAINED_MODEL_TOWER_H
#include "model/question/words.h"
#include "model/trained/model.h"

/* Lets the tower read the questions of a loaded model that was trained with one;
 * borrowed. AQ_ERR_MISMATCH, naming both, if it is another tower, AQ_ERR_USAGE if the
 * model takes none. The rows of what is asked are kept with the model, so that one
 * thread at a time may use it. */
AQ_MUST_CHECK AqErr aq_model_set_tower(AqModel *m, const AqClipText *tower);

/* Writes a question's ids into ids[0..max_words of the model), *n of them. With `forms`
 * a word that training did not have is taken for a known form of it, if it is read as a
 * word of the vocabulary. */
AQ_MUST_CHECK AqErr aq_model_encode(const AqModel *m, const AqWordForms *forms,
                                    const char *text, int *ids, int *n);

/* The same of a candidate: the question and one of its choices. The first *asked ids
 * are the question's, which is cut where both are too long; with a text tower, which
 * reads them as one text, *asked is 0. */
AQ_MUST_CHECK AqErr aq_model_encode_choice(const AqModel *m, const AqWordForms *forms,
                                           const char *question, const char *choice,
                                           int *ids, int *n, int *asked);

/* How many rows a question takes that the model can answer (aq_model_takes): itself, or
 * its candidates; and the ids of row k of these, of which *asked as above, 0 without
 * choices. */
int aq_model_rows(const AqModel *m, const AqQuestion *q);
AQ_MUST_CHECK AqErr aq_model_encode_row(const AqModel *m, const AqWordForms *forms,
                                        const AqQuestion *q, int k, int *ids, int *n,
                                        int *asked);

/* Is the id that of (a part of) a name, which must not be dropped? */
int aq_model_names_word(const AqModel *m, int id);

#endif
