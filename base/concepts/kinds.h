/*
 * The kinds of musical instrument that questions are about: those of MUSIC-AVQA (Li et
 * al., "Learning to answer questions in dynamic audio-visual scenarios", CVPR 2022),
 * named as its answers are. Extractors of concepts and models over them use this order.
 */
#ifndef AQ_BASE_CONCEPTS_KINDS_H
#define AQ_BASE_CONCEPTS_KINDS_H

typedef enum AqKind {
    AQ_KIND_ACCORDION,
    AQ_KIND_ACOUSTIC_GUITAR,
    AQ_KIND_BAGPIPE,
    AQ_KIND_BANJO,
    AQ_KIND_BASSOON,
    AQ_KIND_CELLO,
    AQ_KIND_CLARINET,
    AQ_KIND_CONGAS,
    AQ_KIND_DRUM,
    AQ_KIND_ELECTRIC_BASS,
    AQ_KIND_ERHU,
    AQ_KIND_FLUTE,
    AQ_KIND_GUZHENG,
    AQ_KIND_PIANO,
    AQ_KIND_PIPA,
    AQ_KIND_SAXOPHONE,
    AQ_KIND_SUONA,
    AQ_KIND_TRUMPET,
    AQ_KIND_TUBA,
    AQ_KIND_UKULELE,
    AQ_KIND_VIOLIN,
    AQ_KIND_XYLOPHONE,
    AQ_N_KINDS
} AqKind;

/* "accordion", "acoustic_guitar", ..., sorted; NULL behind the last. */
extern const char *const aq_kind_names[AQ_N_KINDS + 1];

/* The kind of that name; -1: none. */
int aq_kind_find(const char *name);

#endif
