/* SPDX-License-Identifier: MIT */
/* Sound files: read by libsndfile where it sees the same in them as FFmpeg. */
#include "extract/media/media_priv.h"

#include <stdlib.h>
#include <string.h>

#define SECOND ((int64_t)1000000)
#define SLACK  (SECOND / 5) /* what codecs put before and behind */

int aq_source_is_sound_file(const AqSource *in)
{
    static const char *const names[] = {"wav", "flac", "ogg", "aiff",
                                        "au",  "caf",  "w64"};

    if (in->stream[AQ_VISUAL] || !in->stream[AQ_AUDIO] ||
        aq_tracks_count(in->fmt, AQ_AUDIO) > 1)
        return 0;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (strcmp(in->fmt->iformat->name, names[k]) == 0)
            return 1;
    return 0;
}

int aq_source_agrees(const AqSource *in, const AqOrigin *o, const AqAudioFile *f,
                     int max_seconds)
{
    const AVCodecParameters *p = in->stream[AQ_AUDIO]->codecpar;
    const int64_t most = max_seconds * SECOND, theirs = aq_audio_file_us(f);
    const int64_t a = theirs < most ? theirs : most,
                  b = o->length_us < most ? o->length_us : most;

    return p->sample_rate == aq_audio_file_rate(f) &&
           p->ch_layout.nb_channels == aq_audio_file_channels(f) &&
           (o->length_us == 0 || llabs(a - b) <= SLACK);
}
