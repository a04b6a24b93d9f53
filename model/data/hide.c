/* SPDX-License-Identifier: MIT */
#include "model/data/hide.h"

void aq_hide_seconds(uint8_t *present, int n, double share, AqRng rng)
{
    double most = -1;
    int stays = -1;

    for (int t = 0; t < n; t++) {
        const double x = aq_rng_uniform(&rng);

        if (!present[t])
            continue;
        present[t] = !(x < share);
        if (x > most) {
            most = x;
            stays = t;
        }
    }
    if (stays >= 0)
        present[stays] = 1;
}
