/*
 * Which programs and drums of General MIDI stand for which kind of instrument, and how
 * such an instrument is played: its range, its speed, its chords. Sounds of the program
 * that are none of the kinds are here too: other instruments, singing, noises.
 */
#ifndef AQ_PHRASES_VOICES_H
#define AQ_PHRASES_VOICES_H
#include "base/concepts/heard.h"
#include "base/rng.h"

enum { AQ_VOICE_PROGRAMS = 8, AQ_VOICE_KEYS = 16, AQ_VOICE_SAMPLES = 2 };

/* A program and its bank (GS); drums are of bank 128. */
typedef struct AqProgramChoice {
    int bank, program;
} AqProgramChoice;

typedef struct AqVoiceKind {
    int column; /* of AQ_HEARD_...; -1: another instrument */
    int unsure; /* a kind that it may be taken for: nothing is told of that; or -1 */
    int n_programs;
    AqProgramChoice program[AQ_VOICE_PROGRAMS];
    int low, high;           /* MIDI keys */
    double slow, fast;       /* notes a second */
    double chords;           /* share of notes that are chords */
    double bends;            /* semitones by which notes slide into their pitch */
    int n_keys;              /* percussion: struck at random; 0: by pitch */
    int keys[AQ_VOICE_KEYS]; /* the first two carry the beat */
    const char *samples[AQ_VOICE_SAMPLES]; /* folders of recorded notes, where there are
                                              some (sampler.h); or NULL */
} AqVoiceKind;

/* Of a kind of instrument, one of its ways of sounding. */
const AqVoiceKind *aq_voice_of_kind(int kind, AqRng *r);
/* The name of folder k of recorded notes, of all that the voices name; NULL past the
 * last. */
const char *aq_voice_samples(int k);
/* What is none of the kinds: other instruments, singing, noises. */
const AqVoiceKind *aq_voice_other(AqRng *r);

#endif
