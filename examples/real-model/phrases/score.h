/* What one instrument plays in a phrase: notes by a seed, in a scale or as a beat. */
#ifndef AQ_PHRASES_SCORE_H
#define AQ_PHRASES_SCORE_H
#include "examples/real-model/phrases/voices.h"

enum { AQ_SCORE_NOTES = 400 };

typedef struct AqScoreNote {
    double on, off; /* seconds */
    int key, velocity;
    double bend; /* semitones that it begins too low (or, below 0, too high) */
} AqScoreNote;

typedef struct AqScore {
    double from, to; /* seconds in which it plays */
    int n;
    AqScoreNote note[AQ_SCORE_NOTES]; /* by `on` */
} AqScore;

/* For `seconds` of time: all of them or a part. */
void aq_score_make(AqScore *s, const AqVoiceKind *v, double seconds, AqRng *r);
/* In each of the n spans of seconds, one behind the other, in one manner. */
void aq_score_make_spans(AqScore *s, const AqVoiceKind *v, const double (*span)[2],
                         int n, AqRng *r);

#endif
