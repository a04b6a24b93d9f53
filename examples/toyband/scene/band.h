/*
 * The plan of a toy video (scene). Sound, picture, questions and truth.jsonl are all
 * made from it, so that the answers are true by construction. Times are in seconds from
 * the start, levels in dB relative to the loudest.
 */
#ifndef AQ_TOYBAND_BAND_H
#define AQ_TOYBAND_BAND_H
#include "base/err.h"
#include "base/rng.h"

#include <jansson.h>
#include <stdint.h>

#define AQ_TOY_KINDS       10
#define AQ_TOY_PLAYERS     4 /* three seen and one unseen */
#define AQ_TOY_PHRASES     16
#define AQ_TOY_NOTES       1200 /* chords of three, a minute long, at the fastest rate */
#define AQ_TOY_WIDTH       320
#define AQ_TOY_HEIGHT      240
#define AQ_TOY_FPS         15
#define AQ_TOY_RATE        44100
#define AQ_TOY_MIN_SECONDS 10
#define AQ_TOY_MAX_SECONDS 60
#define AQ_TOY_MAX_VIDEOS  100000

/* One instrument: its MUSIC-AVQA name, its picture and its sound. */
typedef struct AqToyKind {
    const char *name;  /* one of the official answers */
    const char *glyph; /* UTF-8, drawn with Noto Color Emoji */
    int program;       /* General MIDI program, 0-based; -1: percussion channel */
    int low, high;     /* MIDI keys, or for percussion the keys in keys[] */
    int chord;         /* notes struck together */
    int keys[4];       /* percussion only */
} AqToyKind;

extern const AqToyKind aq_toy_kinds[AQ_TOY_KINDS];

/* The kinds of instrument that scenes can have, by their numbers. */
typedef struct AqToyCast {
    int n_kinds;
    const char *(*name)(int kind);
    int real; /* 1: one that plays alone is asked about as the first of several is, and
                 of a scene without sound the answer is aq_toy_cannot_tell */
} AqToyCast;

extern const AqToyCast aq_toy_cast; /* of aq_toy_kinds */

typedef enum AqToyPlace {
    AQ_TOY_LEFT,
    AQ_TOY_MIDDLE,
    AQ_TOY_RIGHT,
    AQ_TOY_UNSEEN
} AqToyPlace;
extern const char *const aq_toy_place_names[4]; /* "left", .. "unseen" */

typedef struct AqToyNote {
    double on, off; /* seconds */
    int key, velocity;
} AqToyNote;

/* An instrument of the scene: seen or not, sounding or not. */
typedef struct AqToyPlayer {
    int kind;
    const char *name; /* of its kind */
    AqToyPlace place;
    int n_phrases; /* 0: silent */
    double phrase[AQ_TOY_PHRASES][2];
    double level_db;
    double note_seconds; /* time between attacks: long is calm, short is rhythmic */
    int n_notes;
    AqToyNote note[AQ_TOY_NOTES];
} AqToyPlayer;

/* Where a scene's sounds and pictures come from. */
typedef enum AqToyWorld {
    AQ_TOY_MIDI,    /* one soundfont, one emoji font, a room or a meadow */
    AQ_TOY_VARIED,  /* several of each; other keys, colours, sizes; noise */
    AQ_TOY_RECORDED /* real recordings, and drawings the other two never use */
} AqToyWorld;
extern const char *const aq_toy_world_names[3]; /* "midi", "varied", "recorded" */

typedef struct AqToyScene {
    unsigned index;
    const AqToyCast *cast;
    AqToyWorld world;
    double seconds;
    int outdoor;
    int n_players, n_seen; /* the seen ones come first, from left to right */
    AqToyPlayer player[AQ_TOY_PLAYERS];
} AqToyScene;

typedef enum AqToySplit {
    AQ_TOY_TRAIN,
    AQ_TOY_VAL,
    AQ_TOY_TEST,
    AQ_TOY_SPLITS
} AqToySplit;
extern const char *const aq_toy_split_names[AQ_TOY_SPLITS];

/* Of ten consecutive videos, seven, one and two: independent of how many follow. */
AqToySplit aq_toy_split(unsigned index);

/* Random number streams of one video; each part has its own. */
typedef enum AqToyStream {
    AQ_TOY_STREAM_SCENE,
    AQ_TOY_STREAM_NOTES,
    AQ_TOY_STREAM_PICTURE,
    AQ_TOY_STREAM_QUESTIONS,
    AQ_TOY_STREAM_SOUND,
    AQ_TOY_STREAM_WORLD,
    AQ_TOY_STREAM_NOISE,
    AQ_TOY_STREAM_LABELS,
    AQ_TOY_STREAM_SILENT,
    AQ_TOY_STREAM_SILENT_NAME
} AqToyStream;
AqRng aq_toy_rng(uint64_t seed, unsigned index, AqToyStream which);

/* How often players begin. */
typedef enum AqToyEvents {
    AQ_TOY_FEW, /* a phrase or two of each */
    AQ_TOY_MANY /* many short ones, in AQ_TOY_MANY_SECONDS or more */
} AqToyEvents;
#define AQ_TOY_MANY_SECONDS 30

/* Plans video `index`: which instruments there are, which play when and how loud. */
void aq_toy_scene_make(AqToyScene *s, uint64_t seed, unsigned index, double seconds,
                       AqToyEvents events);

/* Who[0..n), one to three of the scene's players, play one or two phrases each, loud
 * and fast in clearly different steps; toyband's own notes are not written. */
void aq_toy_scene_play(AqToyScene *s, AqRng *r, const size_t *who, int n,
                       AqToyEvents events);

/* Many phrases of the n players who[0..n) of the scene, in order of entry (events.c).
 */
void aq_toy_many_events(AqToyScene *s, AqRng *r, const size_t *who, int n);

/* The world of video `index`: `which`, or if `mixed`, MIDI or VARIED at random. */
AqToyWorld aq_toy_world(AqToyWorld which, int mixed, uint64_t seed, unsigned index);

/* How many seconds the player sounds; does it sound at t? */
double aq_toy_playing_seconds(const AqToyPlayer *p);
int aq_toy_plays_at(const AqToyPlayer *p, double t);

/* Fills p's notes for its phrases (score.c). */
void aq_toy_score_make(AqToyPlayer *p, AqRng *r);

/* The scene's line of truth.jsonl. Gives; json_decref(). NULL when out of memory. */
json_t *aq_toy_truth(const AqToyScene *s);

#endif
