/* SPDX-License-Identifier: MIT */
#include "base/concepts/kinds.h"

#include <string.h>

const char *const aq_kind_names[AQ_N_KINDS + 1] = {
    [AQ_KIND_ACCORDION] = "accordion", [AQ_KIND_ACOUSTIC_GUITAR] = "acoustic_guitar",
    [AQ_KIND_BAGPIPE] = "bagpipe",     [AQ_KIND_BANJO] = "banjo",
    [AQ_KIND_BASSOON] = "bassoon",     [AQ_KIND_CELLO] = "cello",
    [AQ_KIND_CLARINET] = "clarinet",   [AQ_KIND_CONGAS] = "congas",
    [AQ_KIND_DRUM] = "drum",           [AQ_KIND_ELECTRIC_BASS] = "electric_bass",
    [AQ_KIND_ERHU] = "erhu",           [AQ_KIND_FLUTE] = "flute",
    [AQ_KIND_GUZHENG] = "guzheng",     [AQ_KIND_PIANO] = "piano",
    [AQ_KIND_PIPA] = "pipa",           [AQ_KIND_SAXOPHONE] = "saxophone",
    [AQ_KIND_SUONA] = "suona",         [AQ_KIND_TRUMPET] = "trumpet",
    [AQ_KIND_TUBA] = "tuba",           [AQ_KIND_UKULELE] = "ukulele",
    [AQ_KIND_VIOLIN] = "violin",       [AQ_KIND_XYLOPHONE] = "xylophone"};

int aq_kind_find(const char *name)
{
    for (int k = 0; k < AQ_N_KINDS; k++)
        if (strcmp(name, aq_kind_names[k]) == 0)
            return k;
    return -1;
}
