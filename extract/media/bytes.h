/* Reads a file's bytes through a descriptor, each reader with its own position: several
 * can share one descriptor, and a reader need not be allowed to open files. */
#ifndef AQ_EXTRACT_MEDIA_BYTES_H
#define AQ_EXTRACT_MEDIA_BYTES_H
#include <stddef.h>
#include <stdint.h>

typedef struct AqBytes {
    int fd; /* borrowed */
    int64_t at;
    int fault; /* errno of the last failed system call; 0: none */
} AqBytes;

/* Returns the number of bytes read, 0 at the end, -1 with `fault` set. */
int64_t aq_bytes_read(AqBytes *b, void *to, size_t most);
/* Returns the new position; `whence` as for lseek(). -1 if the position is invalid or a
 * call failed (`fault`); the position is then unchanged. */
int64_t aq_bytes_seek(AqBytes *b, int64_t to, int whence);
int64_t aq_bytes_size(AqBytes *b);

#endif
