/* SPDX-License-Identifier: MIT */
#include "pipeline/commands/eval_explain.h"
#include "base/text/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

static void print_pair(const char *what, double occlusion, double attention,
                       double times, const char *unit)
{
    (void)printf("%-38s", what);
    if (isnan(occlusion))
        (void)printf(" %12s", "-");
    else
        (void)printf(times > 1 ? " %10.1f%s" : " %12.2f%s", times * occlusion, unit);
    if (isnan(attention))
        (void)printf(" %12s\n", "-");
    else
        (void)printf(times > 1 ? " %10.1f%s\n" : " %12.2f%s\n", times * attention,
                     unit);
}

void aq_eval_explain_print(const AqShown *y)
{
    (void)printf("\n%-38s %12s %12s\n", "what ask shows of the seconds", "when hidden",
                 "attention");
    print_pair("correlation between clips, sound", y->correlation[0][AQ_AUDIO],
               y->correlation[1][AQ_AUDIO], 1, "");
    print_pair("correlation between clips, picture", y->correlation[0][AQ_VISUAL],
               y->correlation[1][AQ_VISUAL], 1, "");
    print_pair("other answer without the 3 strongest", y->changed[0], y->changed[1],
               100, " %");
    print_pair("other answer without any 3", y->changed_at_random, y->changed_at_random,
               100, " %");
}

json_t *aq_eval_explain_json(const AqShown *y)
{
    static const char *const names[AQ_N_SHOWN] = {"occlusion", "attention"};
    json_t *o = json_pack("{s:I, s:I, s:o}", "n", (json_int_t)y->n_questions,
                          "n_hidden", (json_int_t)y->n_hidden, "changed_at_random",
                          aq_json_number(y->changed_at_random));

    for (int k = 0; k < AQ_N_SHOWN; k++) {
        json_t *c = json_pack("{s:o, s:o}", "audio",
                              aq_json_number(y->correlation[k][AQ_AUDIO]), "visual",
                              aq_json_number(y->correlation[k][AQ_VISUAL]));

        (void)json_object_set_new(o, names[k],
                                  json_pack("{s:o, s:o}", "correlation", c, "changed",
                                            aq_json_number(y->changed[k])));
    }
    return o;
}
