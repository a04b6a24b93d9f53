/* SPDX-License-Identifier: MIT */
#include "base/concepts/heard.h"

#include <stddef.h>

const char *const aq_heard_names[AQ_N_HEARD + 1] = {"accordion", "acoustic_guitar",
                                                    "bagpipe",   "banjo",
                                                    "bassoon",   "cello",
                                                    "clarinet",  "congas",
                                                    "drum",      "electric_bass",
                                                    "erhu",      "flute",
                                                    "guzheng",   "piano",
                                                    "pipa",      "saxophone",
                                                    "suona",     "trumpet",
                                                    "tuba",      "ukulele",
                                                    "violin",    "xylophone",
                                                    "voice",     "speech",
                                                    "noise",     "none",
                                                    NULL};
