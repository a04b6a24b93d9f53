/* SPDX-License-Identifier: MIT */
#include "tests/unit/clips.h"

#include "base/alloc.h"
#include "tests/unit/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char dir[64];

static double mean_of(const AqMediaEvent *e, int w, int h)
{
    double sum = 0;

    for (int y = 0; y < h; y++)
        for (int x = 0; x < 3 * w; x++)
            sum += e->rgb[y * e->stride + x];
    return sum / (3.0 * w * h);
}

Seen look(const char *path, int most)
{
    return look_at_track(path, most, 0);
}

Seen look_at_track(const char *path, int most, int audio_track)
{
    const AqMediaOptions how = {.max_seconds = most,
                                .audio_track = audio_track,
                                .want_audio = 1,
                                .n_pictures = 1,
                                .pictures = {{.per_second = 1}}};
    Seen s = {0};
    AqMedia *m = NULL;
    AqMediaEvent e;

    for (int k = 0; k < MOST; k++)
        s.grey[k] = s.energy[k] = -1;
    s.err = aq_media_open(&m, path, &how);
    while (s.err == AQ_OK && (s.err = aq_media_next(m, &e)) == AQ_OK) {
        assert_in_range(e.row, 0, most - 1);
        if (e.modality == AQ_VISUAL) {
            s.grey[e.row] = mean_of(&e, e.width, e.height);
            s.corner[e.row] = mean_of(&e, e.width / 2, e.height / 2);
        } else {
            double p = 0;
            for (int k = 0; k < AQ_MEDIA_RATE; k++)
                p += (double)e.pcm[k] * e.pcm[k];
            s.energy[e.row] = p / AQ_MEDIA_RATE;
        }
    }
    if (s.err == AQ_EOF) {
        const AqMediaFacts f = aq_media_facts(m);

        s.n = f.n_seconds;
        s.width = f.width;
        s.height = f.height;
        s.rotation = f.rotation;
        s.has_audio = f.has_audio;
        s.has_video = f.has_video;
        (void)snprintf(s.notes, sizeof s.notes, "%s", f.notes);
        for (int k = 0; k < s.n && k < MOST; k++) {
            assert_int_equal(f.presence[AQ_VISUAL][k], s.grey[k] >= 0);
            assert_int_equal(f.presence[AQ_AUDIO][k], s.energy[k] >= 0);
        }
    }
    aq_media_close(&m);
    return s;
}

const char *in_dir(const char *leaf)
{
    static char path[4][128];
    static int k;

    k = (k + 1) % 4;
    (void)snprintf(path[k], sizeof path[k], "%s/%s", dir, leaf);
    return path[k];
}

const char *make(const char *args, const char *leaf)
{
    char *cmd = aq_strf("ffmpeg -v error -nostdin -y %s %s", args, in_dir(leaf));

    if (system(cmd) != 0)
        fail_msg("%s", cmd);
    aq_free(cmd);
    return in_dir(leaf);
}

double grey_of(int n)
{
    return (40 + 2 * n - 16) * 255.0 / 219.0;
}

int clips_begin(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/aq_clips_XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

int clips_end(void **state)
{
    char *cmd = aq_strf("rm -rf %s", dir);
    const int rc = system(cmd);

    (void)state;
    aq_free(cmd);
    return rc;
}

/* ---- counted seconds ---- */

int seen(const Seen *s, int at)
{
    return s->grey[at] < 0 ? -1 : (int)lround((s->grey[at] * 219 / 255 + 16 - 40) / 12);
}

int heard(const Seen *s, int at)
{
    return s->energy[at] < 0 ? -1
                             : (int)lround(sqrt(2 * s->energy[at]) / 32768 / 0.05 - 1);
}

void shell(const char *cmd)
{
    char *all = aq_strf("cd %s && %s", in_dir(""), cmd);

    if (system(all) != 0)
        fail_msg("%s", all);
    aq_free(all);
}

void check_line(const char *path, const Seen *s, int n)
{
    if (s->err != AQ_EOF || s->n < n || s->n > n + 1)
        fail_msg("%s: %d seconds, not %d (%s)", path, s->n, n, s->notes);
    for (int k = 0; k < n; k++)
        if (seen(s, k) < k - 1 || seen(s, k) > k || heard(s, k) != k)
            fail_msg("%s: second %d: picture %d, sound %d (%s)", path, k, seen(s, k),
                     heard(s, k), s->notes);
}

void part(const char *leaf, const char *n, const char *k, const char *how)
{
    char *args = aq_strf(PICTURE("%s", "%s") SOUND("%s", "%s") "%s", n, k, k, n, how);

    (void)make(args, leaf);
    aq_free(args);
}

void sound_part(const char *leaf, const char *n, const char *k, const char *how)
{
    char *args = aq_strf(SOUND("%s", "%s") "%s", k, n, how);

    (void)make(args, leaf);
    aq_free(args);
}
