/* SPDX-License-Identifier: MIT */
/* The table: a network consists of its folder and one row here. */
#include "model/trained/networks.h"

#include "base/text/choice.h"
#include "model/coqo/coqo.h"
#include "model/hcrn/hcrn.h"
#include "model/linear/linear.h"

static const AqAnswerNetwork *const networks[] = {
    &aq_coqo,
    &aq_linear_baseline,
    &aq_hcrn,
};

enum { N_NETWORKS = sizeof networks / sizeof *networks };

const AqAnswerNetwork *aq_answer_network(size_t k)
{
    return k < N_NETWORKS ? networks[k] : NULL;
}

static const char *name_of_network(size_t k)
{
    return k < N_NETWORKS ? networks[k]->name : NULL;
}

AqErr aq_answer_network_find(const AqAnswerNetwork **out, const char *name)
{
    size_t k;
    const AqErr err = aq_choice_find(&k, "answering network", name_of_network, name);

    *out = aq_answer_network(k);
    return err;
}
