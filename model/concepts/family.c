/* SPDX-License-Identifier: MIT */
#include "model/concepts/family.h"

#include <math.h>

#define MOST_OF 0.6 /* of the shares of all kinds together */
#define LITTLE  0.2 /* all kinds together, against none */

enum { N_FAMILIES = 4 };
static const char *const families[N_FAMILIES] = {"plucked", "bowed", "blown", "struck"};

const char *aq_family_of(int kind)
{
    switch (kind) {
    case AQ_KIND_ACOUSTIC_GUITAR:
    case AQ_KIND_BANJO:
    case AQ_KIND_ELECTRIC_BASS:
    case AQ_KIND_GUZHENG:
    case AQ_KIND_PIPA:
    case AQ_KIND_UKULELE:
        return families[0];
    case AQ_KIND_CELLO:
    case AQ_KIND_ERHU:
    case AQ_KIND_VIOLIN:
        return families[1];
    case AQ_KIND_BAGPIPE:
    case AQ_KIND_BASSOON:
    case AQ_KIND_CLARINET:
    case AQ_KIND_FLUTE:
    case AQ_KIND_SAXOPHONE:
    case AQ_KIND_SUONA:
    case AQ_KIND_TRUMPET:
    case AQ_KIND_TUBA:
        return families[2];
    case AQ_KIND_CONGAS:
    case AQ_KIND_DRUM:
    case AQ_KIND_XYLOPHONE:
        return families[3];
    default:
        return NULL;
    }
}

const char *aq_family_heard(const AqEvidence *e)
{
    double of[N_FAMILIES] = {0}, all = 0;

    for (int k = 0; k < AQ_N_KINDS; k++) {
        const char *family = aq_family_of(k);

        if (isnan(e->heard[k]))
            continue;
        all += e->share[k];
        for (int f = 0; f < N_FAMILIES; f++)
            of[f] += families[f] == family ? e->share[k] : 0;
    }
    for (int f = 0; all >= LITTLE && f < N_FAMILIES; f++)
        if (of[f] >= MOST_OF * all)
            return families[f];
    return NULL;
}
