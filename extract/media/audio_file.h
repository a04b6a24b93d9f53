/*
 * Reads sound files (WAV, FLAC, Ogg, AIFF, ...) with libsndfile, for people who have
 * already extracted their audio. Float samples in blocks, mixed to mono.
 */
#ifndef AQ_EXTRACT_MEDIA_AUDIO_FILE_H
#define AQ_EXTRACT_MEDIA_AUDIO_FILE_H
#include "base/err.h"

#include <stdint.h>

typedef struct AqAudioFile AqAudioFile;

/* `fd` is the open file, borrowed. AQ_ERR_MEDIA if libsndfile cannot read it, AQ_ERR_IO
 * if a system call fails. */
AQ_MUST_CHECK AqErr aq_audio_file_open(AqAudioFile **out, const char *path, int fd);
void aq_audio_file_close(AqAudioFile **f);
int aq_audio_file_rate(const AqAudioFile *f);
int aq_audio_file_channels(const AqAudioFile *f);
int64_t aq_audio_file_us(const AqAudioFile *f); /* duration, as the file claims */

/* Up to n samples, the mean of the channels; *got 0 at the end. */
AQ_MUST_CHECK AqErr aq_audio_file_read(AqAudioFile *f, float *mono, int n, int *got);

#endif
