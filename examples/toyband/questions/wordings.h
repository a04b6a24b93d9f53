/* The templates of questions, and how else they are worded. */
#ifndef AQ_TOYBAND_WORDINGS_H
#define AQ_TOYBAND_WORDINGS_H
#include "examples/toyband/questions/forms.h"

#define AQ_TOY_OTHERS    14
#define AQ_TOY_TEMPLATES 40 /* at most */

typedef enum AqToyTrait {
    AQ_TOY_PAIR = 1, /* a comparison: it is asked in both orders */
    AQ_TOY_OURS = 2, /* not one of MUSIC-AVQA's */
    AQ_TOY_RARE = 4  /* its answer can be "zero", or "simultaneously" */
} AqToyTrait;

typedef struct AqToyWording {
    const char *modality, *kind, *template_;
    const char *others[AQ_TOY_OTHERS]; /* other wordings; NULL after the last */
    AqToyForm form;
    int traits; /* of AqToyTrait */
} AqToyWording;

extern const AqToyWording aq_toy_wordings[];
extern const int aq_toy_n_wordings;

#endif
