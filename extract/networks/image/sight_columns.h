/*
 * What sight (sight.c) calls what it sees: columns that are sums over classes of
 * ImageNet's 1,000 (Russakovsky et al., "ImageNet large scale visual recognition
 * challenge", IJCV 2015; in the order of their WordNet ids, which dlib's network has).
 */
#ifndef AQ_EXTRACT_NETWORKS_IMAGE_SIGHT_COLUMNS_H
#define AQ_EXTRACT_NETWORKS_IMAGE_SIGHT_COLUMNS_H
#include <stddef.h>

#define AQ_SIGHT_CLASSES 1000

/* The first are of instruments, "other_instrument" the last of these. Behind them what
 * tells of the scene, of which the classes are only hints: ImageNet has few of people
 * and places (clothes that somebody wears; furniture, rooms; buildings, landscapes). */
typedef enum AqSightColumn {
    AQ_SIGHT_ACCORDION,
    AQ_SIGHT_ACOUSTIC_GUITAR,
    AQ_SIGHT_BANJO,
    AQ_SIGHT_BASSOON,
    AQ_SIGHT_CELLO,
    AQ_SIGHT_DRUM,
    AQ_SIGHT_ELECTRIC_GUITAR,
    AQ_SIGHT_FLUTE,
    AQ_SIGHT_PIANO,
    AQ_SIGHT_SAXOPHONE,
    AQ_SIGHT_TRUMPET,
    AQ_SIGHT_VIOLIN,
    AQ_SIGHT_XYLOPHONE,
    AQ_SIGHT_OTHER_INSTRUMENT,
    AQ_SIGHT_N_INSTRUMENTS,
    AQ_SIGHT_PEOPLE = AQ_SIGHT_N_INSTRUMENTS,
    AQ_SIGHT_STAGE,
    AQ_SIGHT_INDOOR,
    AQ_SIGHT_OUTDOOR,
    AQ_SIGHT_N_COLUMNS
} AqSightColumn;

/* Names of the columns, and of the cells; NULL behind the last. */
extern const char *const aq_sight_columns[AQ_SIGHT_N_COLUMNS + 1];

typedef enum AqSightCell {
    AQ_SIGHT_LEFT,
    AQ_SIGHT_MIDDLE,
    AQ_SIGHT_RIGHT,
    AQ_SIGHT_BEST,
    AQ_SIGHT_N_CELLS
} AqSightCell;
extern const char *const aq_sight_cells[AQ_SIGHT_N_CELLS + 1];

/* The classes of a column; borrowed. */
const int *aq_sight_classes(AqSightColumn column, size_t *n);

#endif
