/* SPDX-License-Identifier: MIT */
/*
 * Elementary video streams: no container, no timestamps. Frames follow each other at
 * the rate that the decoder finds in the stream.
 */
#include "extract/media/media_priv.h"

#include <libavutil/avstring.h>
#include <math.h>
#include <string.h>

#define LOWEST_RATE  0.1
#define HIGHEST_RATE 1000 /* some write the clock rate as the frame rate */

int aq_raw_is(const AVFormatContext *fmt)
{
    static const char names[] = "h264,hevc,m4v,mpegvideo,mjpeg,mjpeg_2000,h261,h263,"
                                "vc1,dirac,cavsvideo,avs2,avs3,dnxhd";

    return av_match_name(fmt->iformat->name, names) ||
           strstr(fmt->iformat->name, "_pipe"); /* concatenated picture files */
}

void aq_raw_stamp(AqRawClock *r, const AVCodecContext *c, AVFrame *f)
{
    const AVRational named = c->framerate;
    double rate = named.num > 0 && named.den > 0 ? av_q2d(named) : 0;

    if (rate < LOWEST_RATE || rate > HIGHEST_RATE) {
        r->unnamed = 1;
        rate = AQ_RAW_RATE;
    }
    const double step = 1e6 / rate * (2 + f->repeat_pict) / 2;

    f->time_base = (AVRational){1, 1000000};
    f->best_effort_timestamp = llrint(r->at_us);
    f->pkt_duration = llrint(step);
    r->at_us += step;
}
