/* SPDX-License-Identifier: MIT */
/* The first pass over a clip: where its time 0 is, by what is decoded, not promised. */
#include "extract/media_priv.h"

enum { MOST_PACKETS = 4000 };

int64_t aq_input_us(const AVStream *st, int64_t ts)
{
    return av_rescale_q(ts, st->time_base, (AVRational){1, 1000000});
}

int64_t aq_frame_us(const AVStream *st, const AVFrame *f, int64_t otherwise)
{
    return f->best_effort_timestamp == AV_NOPTS_VALUE
               ? otherwise
               : aq_input_us(st, f->best_effort_timestamp);
}

static void note_first(AqInput *in, int64_t first[], AqModality m, AVFrame *f)
{
    while (avcodec_receive_frame(in->codec[m], f) == 0) {
        const int64_t t = aq_frame_us(in->stream[m], f, INT64_MAX);

        if (t < first[m])
            first[m] = t;
        av_frame_unref(f);
    }
}

static int all_seen(const AqInput *in, const int64_t first[])
{
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        if (in->stream[m] && first[m] == INT64_MAX)
            return 0;
    return 1;
}

AqErr aq_input_origin(const char *path, const AqMediaOptions *how,
                      int64_t first_us[AQ_N_MODALITIES], int64_t *origin_us)
{
    AqInput in;
    AqErr err = aq_input_open(&in, path, how);

    first_us[AQ_AUDIO] = first_us[AQ_VISUAL] = INT64_MAX;
    if (err != AQ_OK)
        return err;
    AVFrame *f = av_frame_alloc();
    AVPacket *p = av_packet_alloc();
    if (!f || !p)
        err = aq_fail(AQ_ERR_NOMEM, "out of memory");
    for (int k = 0; err == AQ_OK && k < MOST_PACKETS && !all_seen(&in, first_us); k++) {
        const int rc = av_read_frame(in.fmt, p);

        if (rc == AVERROR(ENOMEM))
            err = aq_input_fail(path, "cannot be read", rc);
        if (rc < 0)
            break;
        for (int s = 0; s < AQ_N_MODALITIES; s++)
            if (in.stream[s] && p->stream_index == in.stream[s]->index && p->size > 0 &&
                avcodec_send_packet(in.codec[s], p) == 0)
                note_first(&in, first_us, (AqModality)s, f);
        av_packet_unref(p);
    }
    for (int s = 0; err == AQ_OK && s < AQ_N_MODALITIES; s++)
        if (in.stream[s] && first_us[s] == INT64_MAX &&
            avcodec_send_packet(in.codec[s], NULL) == 0)
            note_first(&in, first_us, (AqModality)s, f);
    err = aq_input_read_fault(in.fmt->pb, path, err);
    av_frame_free(&f);
    av_packet_free(&p);
    aq_input_close(&in);
    const int64_t a = first_us[AQ_AUDIO], v = first_us[AQ_VISUAL];
    *origin_us = a < v ? a : v;
    if (*origin_us < 0) /* what lies before 0 is lead-in, which players do not show */
        *origin_us = 0;
    for (int s = 0; s < AQ_N_MODALITIES; s++)
        if (first_us[s] < *origin_us)
            first_us[s] = *origin_us;
    if (err == AQ_OK && *origin_us == INT64_MAX)
        err = aq_fail(AQ_ERR_MEDIA,
                      "%s: neither sound nor picture of it can be decoded; the file is "
                      "damaged or cut short",
                      path);
    return err;
}
