/* A file's bytes through a descriptor, each reader at a place of its own: several share
 * one descriptor, and whoever reads need not be able to open anything. */
#ifndef AQ_EXTRACT_MEDIA_BYTES_H
#define AQ_EXTRACT_MEDIA_BYTES_H
#include <stddef.h>
#include <stdint.h>

typedef struct AqBytes {
    int fd; /* borrowed */
    int64_t at;
    int fault; /* errno of the last call that the system refused; 0: none */
} AqBytes;

/* How many were read, 0 at the end, -1 with `fault`. */
int64_t aq_bytes_read(AqBytes *b, void *to, size_t most);
/* The new place; whence as for lseek(). -1: there is no such place, or `fault`; then
 * nothing moved. */
int64_t aq_bytes_seek(AqBytes *b, int64_t to, int whence);
int64_t aq_bytes_size(AqBytes *b);

#endif
