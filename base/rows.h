/*
 * What the rows of a feature array stand for: equal parts of a second, each represented
 * by its sound or by one picture, or by several evenly spread over it, or clips of
 * several consecutive frames spread over the whole video.
 *
 * Parts of a second: row k begins k / per_second seconds after time 0, and the array
 * has n_seconds * per_second rows. Its picture j of M is what a plan of per_second * M
 * rows would show in its row k * M + j. Clips: one row a clip, whatever the video's
 * length; when each begins and ends depends on the video's frames.
 */
#ifndef AQ_BASE_ROWS_H
#define AQ_BASE_ROWS_H
#include <stdint.h>

typedef struct AqRowPlan {
    int per_second; /* rows a second: 1, 2, 4, 5 or 8; 0 where rows are clips */
    int clips;      /* number of clips K, 1 .. AQ_ROWS_MOST_CLIPS; else 0 */
    int frames;     /* pictures a row M: of clips 1 .. AQ_ROWS_MOST_FRAMES; of parts of
                       a second as many, if a second divides into that many equal
                       numbers of microseconds, 0 meaning 1 */
} AqRowPlan;
#define AQ_ROWS_MOST_CLIPS  64
#define AQ_ROWS_MOST_FRAMES 64
#define AQ_ROWS_MOST_RATE   8
#define AQ_ROWS_TEXT        64 /* bytes that hold any plan's text */

/* When a row begins and ends, in microseconds from time 0. */
typedef struct AqRowSpan {
    int64_t from_us, to_us;
} AqRowSpan;

/* One row a second: the default. */
#define AQ_ROWS_SECONDS ((AqRowPlan){.per_second = 1})

int aq_rows_are_valid(AqRowPlan p);
/* One row a second, of however many pictures. */
int aq_rows_are_seconds(AqRowPlan p);
static inline int aq_rows_are_clips(AqRowPlan p)
{
    return p.clips > 0;
}
int aq_rows_are_same(AqRowPlan a, AqRowPlan b);

/* Pictures, or frames of a clip, in a row. */
int aq_rows_pictures(AqRowPlan p);
/* Pictures a second; 0 where rows are clips. */
int aq_rows_rate(AqRowPlan p);

/* Number of rows for a video of n_seconds. */
int aq_rows_count(AqRowPlan p, int n_seconds);

/* The span of row k where rows are parts of a second; not for clips. */
AqRowSpan aq_rows_span(AqRowPlan p, int k);

/* Writes "1 a second", "4 a second", "1 a second of 4 pictures", "8 clips of 16
 * frames"; returns text. */
char *aq_rows_text(AqRowPlan p, char text[AQ_ROWS_TEXT]);

/* What precedes that text in a description of how features were made, if rows are not
 * AQ_ROWS_SECONDS. */
#define AQ_ROWS_MARK "; rows: "
/* The row plan in such a description; seconds if it has none. */
AqRowPlan aq_rows_of(const char *description);

#endif
