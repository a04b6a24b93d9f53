/* SPDX-License-Identifier: MIT */
/* The table of front ends. Those of a decoder are found by name, so that its process
 * needs no networks. */
#include "extract/input/frames.h"
#include "extract/input/letterbox.h"
#include "extract/input/logmel.h"

#include <assert.h>
#include <string.h>

enum { MAX_ADDED = 8 };
static const AqInputDef *const own_inputs[] = {&aq_input_frames, &aq_input_letterbox,
                                               &aq_input_logmel};
static const AqInputDef *added_inputs[MAX_ADDED]; /* by tests */
static size_t n_added;

void aq_input_add(const AqInputDef *def)
{
    assert(n_added < MAX_ADDED);
    added_inputs[n_added++] = def;
}

const AqInputDef *aq_input_named(const char *name)
{
    for (size_t k = 0; k < sizeof own_inputs / sizeof *own_inputs; k++)
        if (strcmp(own_inputs[k]->name, name) == 0)
            return own_inputs[k];
    for (size_t k = 0; k < n_added; k++)
        if (strcmp(added_inputs[k]->name, name) == 0)
            return added_inputs[k];
    return NULL;
}
