/* SPDX-License-Identifier: MIT */
#include "extract/networks/image/sight_columns.h"

const char *const aq_sight_columns[AQ_SIGHT_N_COLUMNS + 1] = {
    [AQ_SIGHT_ACCORDION] = "accordion",
    [AQ_SIGHT_ACOUSTIC_GUITAR] = "acoustic_guitar",
    [AQ_SIGHT_BANJO] = "banjo",
    [AQ_SIGHT_BASSOON] = "bassoon",
    [AQ_SIGHT_CELLO] = "cello",
    [AQ_SIGHT_DRUM] = "drum",
    [AQ_SIGHT_ELECTRIC_GUITAR] = "electric_guitar",
    [AQ_SIGHT_FLUTE] = "flute",
    [AQ_SIGHT_PIANO] = "piano",
    [AQ_SIGHT_SAXOPHONE] = "saxophone",
    [AQ_SIGHT_TRUMPET] = "trumpet",
    [AQ_SIGHT_VIOLIN] = "violin",
    [AQ_SIGHT_XYLOPHONE] = "xylophone",
    [AQ_SIGHT_OTHER_INSTRUMENT] = "other_instrument",
    [AQ_SIGHT_PEOPLE] = "people",
    [AQ_SIGHT_STAGE] = "stage",
    [AQ_SIGHT_INDOOR] = "indoor",
    [AQ_SIGHT_OUTDOOR] = "outdoor"};

const char *const aq_sight_cells[AQ_SIGHT_N_CELLS + 1] = {[AQ_SIGHT_LEFT] = "left",
                                                          [AQ_SIGHT_MIDDLE] = "middle",
                                                          [AQ_SIGHT_RIGHT] = "right",
                                                          [AQ_SIGHT_BEST] = "best"};

/* The single ones. */
static const int accordion[] = {401}, acoustic_guitar[] = {402}, banjo[] = {420},
                 bassoon[] = {432}, cello[] = {486}, electric_guitar[] = {546},
                 flute[] = {558}, saxophone[] = {776}, violin[] = {889};
/* drum and drumstick; grand and upright piano; cornet, which is ImageNet's trumpet too;
 * marimba, its xylophone; chime, French horn, gong, harmonica, harp, maraca, oboe,
 * ocarina, organ, panpipe, steel drum and trombone. */
static const int drum[] = {541, 542}, piano[] = {579, 881}, trumpet[] = {513},
                 xylophone[] = {642},
                 other_instrument[] = {494, 566, 577, 593, 594, 641,
                                       683, 684, 687, 699, 822, 875};
/* Clothes, glasses and wigs; a groom and a ball player; a seat belt. */
static const int people[] = {399, 400, 433, 439, 457, 474, 515, 568, 578, 601, 608,
                             610, 614, 617, 652, 655, 667, 689, 697, 735, 775, 796,
                             808, 834, 836, 837, 841, 869, 887, 903, 906, 981, 982};
/* A stage and a theatre's curtain. */
static const int stage[] = {819, 854};
/* Rooms, shops and furniture. */
static const int indoor[] = {415, 423, 424, 435, 453, 454, 467, 493, 495, 498, 509,
                             516, 520, 526, 527, 532, 534, 550, 553, 559, 564, 582,
                             598, 620, 624, 648, 651, 664, 681, 736, 743, 753, 760,
                             762, 765, 782, 788, 789, 799, 827, 831, 846, 851, 857,
                             860, 861, 865, 876, 894, 896, 904, 905};
/* Buildings, bridges, streets and landscapes. */
static const int outdoor[] = {
    425, 437, 449, 460, 483, 489, 497, 500, 525, 536, 562, 576, 649, 663, 668,
    672, 682, 698, 703, 704, 706, 716, 718, 821, 825, 832, 839, 853, 858, 873,
    888, 900, 912, 919, 920, 970, 972, 973, 974, 975, 976, 977, 978, 979, 980};

#define CLASSES_OF(v)                                                                  \
    {                                                                                  \
        v, sizeof(v) / sizeof *(v)                                                     \
    }
static const struct {
    const int *v;
    size_t n;
} classes[AQ_SIGHT_N_COLUMNS] = {
    [AQ_SIGHT_ACCORDION] = CLASSES_OF(accordion),
    [AQ_SIGHT_ACOUSTIC_GUITAR] = CLASSES_OF(acoustic_guitar),
    [AQ_SIGHT_BANJO] = CLASSES_OF(banjo),
    [AQ_SIGHT_BASSOON] = CLASSES_OF(bassoon),
    [AQ_SIGHT_CELLO] = CLASSES_OF(cello),
    [AQ_SIGHT_DRUM] = CLASSES_OF(drum),
    [AQ_SIGHT_ELECTRIC_GUITAR] = CLASSES_OF(electric_guitar),
    [AQ_SIGHT_FLUTE] = CLASSES_OF(flute),
    [AQ_SIGHT_PIANO] = CLASSES_OF(piano),
    [AQ_SIGHT_SAXOPHONE] = CLASSES_OF(saxophone),
    [AQ_SIGHT_TRUMPET] = CLASSES_OF(trumpet),
    [AQ_SIGHT_VIOLIN] = CLASSES_OF(violin),
    [AQ_SIGHT_XYLOPHONE] = CLASSES_OF(xylophone),
    [AQ_SIGHT_OTHER_INSTRUMENT] = CLASSES_OF(other_instrument),
    [AQ_SIGHT_PEOPLE] = CLASSES_OF(people),
    [AQ_SIGHT_STAGE] = CLASSES_OF(stage),
    [AQ_SIGHT_INDOOR] = CLASSES_OF(indoor),
    [AQ_SIGHT_OUTDOOR] = CLASSES_OF(outdoor)};

const int *aq_sight_classes(AqSightColumn column, size_t *n)
{
    *n = classes[column].n;
    return classes[column].v;
}
