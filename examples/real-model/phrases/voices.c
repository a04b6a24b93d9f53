/* SPDX-License-Identifier: MIT */
/*
 * Programs are those of General MIDI 1, banks 8 and 16 variations of Roland's GS, which
 * FluidR3 and MuseScore General have. Ranges are the instruments' usual ones.
 */
#include "examples/real-model/phrases/voices.h"

#define P(program)                                                                     \
    {                                                                                  \
        0, program                                                                     \
    }
#define V(bank, program)                                                               \
    {                                                                                  \
        bank, program                                                                  \
    }
#define RANGE(lo, hi)        .low = lo, .high = hi
#define SPEED(from, to)      .slow = from, .fast = to
#define PROGRAMS(count, ...) .n_programs = count, .program = {__VA_ARGS__}
#define RECORDED(...)        .samples = {__VA_ARGS__}
#define KEYS(count, ...)     .n_keys = count, .keys = {__VA_ARGS__}
#define KIND(kind)           .column = AQ_KIND_##kind, .unsure = -1
#define OTHER                .column = -1, .unsure = -1
#define OTHER_THAN(kind)     .column = -1, .unsure = AQ_KIND_##kind
#define KITS                                                                           \
    PROGRAMS(6, V(128, 0), V(128, 8), V(128, 16), V(128, 32), V(128, 40), V(128, 1))

static const AqVoiceKind kinds[] = {
    {KIND(ACCORDION), PROGRAMS(4, P(21), P(21), V(8, 21), P(23)), RANGE(48, 84),
     SPEED(1, 8), .chords = 0.35},
    {KIND(ACOUSTIC_GUITAR), PROGRAMS(5, P(24), P(25), P(24), P(25), V(8, 25)),
     RANGE(40, 79), SPEED(1.5, 9), .chords = 0.4,
     RECORDED("guitar-acoustic", "guitar-nylon")},
    {KIND(BAGPIPE), PROGRAMS(1, P(109)), RANGE(55, 79), SPEED(1.5, 8), .chords = 0.2},
    {KIND(BANJO), PROGRAMS(1, P(105)), RANGE(48, 79), SPEED(3, 11), .chords = 0.2},
    {KIND(BASSOON), PROGRAMS(1, P(70)), RANGE(34, 67), SPEED(0.7, 7),
     RECORDED("bassoon")},
    {KIND(CELLO), PROGRAMS(1, P(42)), RANGE(36, 70), SPEED(0.5, 6), .chords = 0.05,
     .bends = 0.5, RECORDED("cello")},
    {KIND(CLARINET), PROGRAMS(1, P(71)), RANGE(50, 86), SPEED(0.7, 9),
     RECORDED("clarinet")},
    {KIND(CONGAS), KITS, SPEED(2, 10), KEYS(6, 63, 64, 62, 63, 64, 62)},
    {KIND(CONGAS), KITS, SPEED(2, 10), KEYS(4, 61, 60, 60, 61)},
    {KIND(DRUM), KITS, SPEED(2, 9), KEYS(10, 36, 38, 42, 42, 46, 42, 36, 38, 49, 51)},
    {KIND(DRUM), KITS, SPEED(2, 12), KEYS(8, 38, 38, 40, 37, 38, 36, 35, 40)},
    {KIND(DRUM), KITS, SPEED(1.5, 9), KEYS(8, 45, 47, 41, 43, 48, 50, 36, 38)},
    {KIND(DRUM), PROGRAMS(3, P(116), P(117), P(116)), RANGE(36, 64), SPEED(1, 7)},
    {KIND(DRUM), PROGRAMS(1, V(128, 48)), SPEED(0.7, 5), KEYS(4, 36, 38, 40, 35)},
    {KIND(ELECTRIC_BASS), PROGRAMS(5, P(33), P(34), P(35), P(36), P(37)), RANGE(28, 55),
     SPEED(1, 7), RECORDED("bass-electric")},
    {KIND(ERHU), PROGRAMS(2, P(110), V(0, 110)), RANGE(62, 89), SPEED(0.7, 6),
     .bends = 2.5},
    {KIND(FLUTE), PROGRAMS(1, P(73)), RANGE(60, 93), SPEED(0.7, 9), .bends = 0.2,
     RECORDED("flute")},
    {KIND(GUZHENG), PROGRAMS(3, P(107), P(107), V(8, 107)), RANGE(43, 86),
     SPEED(1.5, 11), .chords = 0.15, .bends = 1.5},
    {KIND(PIANO), PROGRAMS(4, P(0), P(1), P(0), V(8, 0)), RANGE(28, 96), SPEED(1, 10),
     .chords = 0.4, RECORDED("piano")},
    {KIND(PIPA), PROGRAMS(1, P(106)), RANGE(45, 81), SPEED(2, 14), .chords = 0.1,
     .bends = 0.6},
    {KIND(SAXOPHONE), PROGRAMS(5, P(64), P(65), P(66), P(67), P(65)), RANGE(44, 80),
     SPEED(0.7, 8), .bends = 0.7, RECORDED("saxophone")},
    {KIND(SUONA), PROGRAMS(1, P(111)), RANGE(57, 86), SPEED(0.8, 9), .bends = 1.2},
    {KIND(TRUMPET), PROGRAMS(4, P(56), P(56), P(56), P(59)), RANGE(54, 84),
     SPEED(0.7, 8), RECORDED("trumpet")},
    {KIND(TUBA), PROGRAMS(1, P(58)), RANGE(28, 58), SPEED(0.7, 5), RECORDED("tuba")},
    {KIND(UKULELE), PROGRAMS(1, V(8, 24)), RANGE(60, 84), SPEED(1.5, 9), .chords = 0.6},
    {KIND(VIOLIN), PROGRAMS(4, P(40), P(40), V(8, 40), P(40)), RANGE(55, 93),
     SPEED(0.5, 8), .chords = 0.06, .bends = 0.4, RECORDED("violin")},
    {KIND(XYLOPHONE), PROGRAMS(3, P(13), P(12), P(13)), RANGE(53, 96), SPEED(1.5, 12),
     .chords = 0.15, RECORDED("xylophone")}};

static const AqVoiceKind others[] = {
    {OTHER_THAN(PIANO), PROGRAMS(3, P(2), P(4), P(5)), RANGE(36, 88), SPEED(1, 8),
     .chords = 0.4},
    {OTHER, PROGRAMS(2, P(6), P(7)), RANGE(36, 88), SPEED(1, 9), .chords = 0.3},
    {OTHER_THAN(XYLOPHONE), PROGRAMS(5, P(8), P(9), P(10), P(11), P(14)), RANGE(60, 96),
     SPEED(1, 8), .chords = 0.15},
    {OTHER, PROGRAMS(5, P(16), P(17), P(18), P(19), P(20)), RANGE(36, 84),
     SPEED(0.7, 6), .chords = 0.5, RECORDED("organ")},
    {OTHER_THAN(ACCORDION), PROGRAMS(1, P(22)), RANGE(60, 84), SPEED(1, 7),
     .chords = 0.2, .bends = 1, RECORDED("harmonium")},
    {OTHER_THAN(ACOUSTIC_GUITAR), PROGRAMS(4, P(26), P(27), P(28), V(16, 25)),
     RANGE(40, 79), SPEED(1, 9), .chords = 0.3},
    {OTHER, PROGRAMS(3, P(29), P(30), P(31)), RANGE(40, 79), SPEED(1, 8), .chords = 0.3,
     .bends = 1, RECORDED("guitar-electric")},
    {OTHER_THAN(ELECTRIC_BASS), PROGRAMS(1, P(32)), RANGE(28, 55), SPEED(1, 6)},
    {OTHER_THAN(VIOLIN), PROGRAMS(4, P(41), P(48), P(49), P(44)), RANGE(48, 84),
     SPEED(0.5, 6), .chords = 0.3},
    {OTHER_THAN(CELLO), PROGRAMS(2, P(43), P(41)), RANGE(28, 60), SPEED(0.5, 5),
     RECORDED("contrabass")},
    {OTHER, PROGRAMS(2, P(46), P(45)), RANGE(36, 88), SPEED(1, 9), .chords = 0.3,
     RECORDED("harp")},
    {OTHER_THAN(DRUM), PROGRAMS(2, P(47), P(118)), RANGE(36, 55), SPEED(1, 6)},
    {OTHER_THAN(TRUMPET), PROGRAMS(4, P(57), P(60), P(61), P(62)), RANGE(40, 74),
     SPEED(0.7, 6), .chords = 0.1, RECORDED("trombone", "french-horn")},
    {OTHER_THAN(CLARINET), PROGRAMS(2, P(68), P(69)), RANGE(54, 86), SPEED(0.7, 7)},
    {OTHER_THAN(FLUTE), PROGRAMS(6, P(72), P(74), P(75), P(77), P(78), P(79)),
     RANGE(60, 96), SPEED(0.7, 8), .bends = 0.5},
    {OTHER, PROGRAMS(8, P(80), P(81), P(84), P(87), P(88), P(90), P(95), P(99)),
     RANGE(40, 88), SPEED(0.5, 8), .chords = 0.3},
    {OTHER, PROGRAMS(2, P(104), P(108)), RANGE(48, 79), SPEED(1, 8), .bends = 1},
    {OTHER_THAN(DRUM), KITS, SPEED(1, 8), KEYS(8, 54, 56, 69, 70, 75, 76, 77, 81)},
    {.column = AQ_HEARD_VOICE,
     .unsure = -1,
     PROGRAMS(3, P(52), P(53), P(54)),
     RANGE(48, 79),
     SPEED(0.5, 4),
     .chords = 0.4},
    {.column = AQ_HEARD_VOICE,
     .unsure = -1,
     PROGRAMS(2, P(52), P(53)),
     RANGE(50, 76),
     SPEED(0.5, 4),
     .bends = 1},
    {.column = AQ_HEARD_NOISE,
     .unsure = -1,
     PROGRAMS(6, P(122), P(123), P(124), P(125), P(126), P(127)),
     RANGE(48, 72),
     SPEED(0.3, 3)},
    {.column = AQ_HEARD_NOISE,
     .unsure = -1,
     PROGRAMS(3, P(119), P(120), P(121)),
     RANGE(48, 72),
     SPEED(0.5, 4)}};

const AqVoiceKind *aq_voice_of_kind(int kind, AqRng *r)
{
    const unsigned n = sizeof kinds / sizeof *kinds;
    const AqVoiceKind *found = NULL;
    unsigned ways = 0;

    for (unsigned k = 0; k < n; k++)
        if (kinds[k].column == kind && aq_rng_below(r, ++ways) == 0)
            found = &kinds[k];
    return found;
}

const AqVoiceKind *aq_voice_other(AqRng *r)
{
    return &others[aq_rng_below(r, sizeof others / sizeof *others)];
}

/* Of both tables, one behind the other. */
static const AqVoiceKind *voice_at(unsigned k)
{
    const unsigned n = sizeof kinds / sizeof *kinds;

    if (k < n)
        return &kinds[k];
    return k - n < sizeof others / sizeof *others ? &others[k - n] : NULL;
}

const char *aq_voice_samples(int k)
{
    const AqVoiceKind *v;

    for (unsigned at = 0; (v = voice_at(at)); at++)
        for (int one = 0; one < AQ_VOICE_SAMPLES; one++)
            if (v->samples[one] && k-- == 0)
                return v->samples[one];
    return NULL;
}
