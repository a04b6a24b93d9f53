/*
 * Text towers that read questions, found as weights are: a file, an imported name, or
 * seeded:N. A tower's vocabulary is the one that is named, else the one beside the
 * weights (aq_bpe_open_beside()), where `weights import` puts it.
 */
#ifndef AQ_PIPELINE_ASKING_QUESTION_TOWER_H
#define AQ_PIPELINE_ASKING_QUESTION_TOWER_H
#include "model/trained/model.h"

/* What reads questions, for models that are trained with a text tower. */
typedef struct AqTextTowerChoice {
    const char *weights;    /* NULL: the imported ones called clip_text */
    const char *vocabulary; /* a file, or NULL: beside the weights */
    const char *switches;   /* "key=value,...", or NULL */
} AqTextTowerChoice;

/* Opens one to train with. */
AQ_MUST_CHECK AqErr aq_question_tower_open(AqClipText **out,
                                           const AqTextTowerChoice *choice);

/* Opens the one that a model to be asked was trained with, and lets it read the model's
 * questions; *out must outlive the model's use. It is found by its digest among the
 * imported weights, else by its name, if none is named. AQ_ERR_MISMATCH if that is
 * another. *out is NULL, and naming one AQ_ERR_USAGE, if the model needs none. */
AQ_MUST_CHECK AqErr aq_question_tower_for(AqClipText **out, AqModel *m,
                                          const AqTextTowerChoice *choice);

#endif
