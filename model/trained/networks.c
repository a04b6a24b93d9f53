/* SPDX-License-Identifier: MIT */
/* The table: a network consists of its folder and one row here. */
#include "model/trained/networks.h"

#include "model/coqo/coqo.h"
#include "model/linear/linear.h"

#include <stdio.h>
#include <string.h>

static const AqAnswerNetwork *const networks[] = {
    &aq_coqo,
    &aq_linear_baseline,
};

enum { N_NETWORKS = sizeof networks / sizeof *networks };

const AqAnswerNetwork *aq_answer_network(size_t k)
{
    return k < N_NETWORKS ? networks[k] : NULL;
}

AqErr aq_answer_network_find(const AqAnswerNetwork **out, const char *name)
{
    char names[256] = "";
    size_t at = 0;

    *out = NULL;
    for (size_t k = 0; k < N_NETWORKS; k++) {
        if (strcmp(networks[k]->name, name) == 0) {
            *out = networks[k];
            return AQ_OK;
        }
        const int n = snprintf(names + at, sizeof names - at, "%s%s", k ? ", " : "",
                               networks[k]->name);
        at += n > 0 && (size_t)n < sizeof names - at ? (size_t)n : 0;
    }
    return aq_fail(AQ_ERR_USAGE, "no answering network is called \"%s\"; there are: %s",
                   name, names);
}
