/*
 * Sound files (WAV, FLAC, Ogg, AIFF, ...) by libsndfile, for people who have extracted
 * their audio already. Blocks of interleaved float samples.
 */
#ifndef AQ_EXTRACT_MEDIA_AUDIO_FILE_H
#define AQ_EXTRACT_MEDIA_AUDIO_FILE_H
#include "base/err.h"

#include <stdint.h>

typedef struct AqAudioFile AqAudioFile;

/* `fd` is the file, borrowed. AQ_ERR_MEDIA if libsndfile
 * does not read it, AQ_ERR_IO if the system refuses to. */
AQ_MUST_CHECK AqErr aq_audio_file_open(AqAudioFile **out, const char *path, int fd);
void aq_audio_file_close(AqAudioFile **f);
int aq_audio_file_rate(const AqAudioFile *f);
int aq_audio_file_channels(const AqAudioFile *f);
int64_t aq_audio_file_us(const AqAudioFile *f); /* how long it lasts, as it says */

/* Up to n samples, the mean of the channels; *got 0 at the end. */
AQ_MUST_CHECK AqErr aq_audio_file_read(AqAudioFile *f, float *mono, int n, int *got);

#endif
