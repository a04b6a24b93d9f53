/* The process that a decoder talks to: its start and its end. */
#ifndef AQ_PIPELINE_DECODER_DECODER_PROCESS_H
#define AQ_PIPELINE_DECODER_DECODER_PROCESS_H
#include "base/err.h"

#include <sys/types.h>

typedef struct AqDecoderProcess {
    pid_t pid; /* 0: there is none */
    int fd;    /* our end of its socket */
} AqDecoderProcess;

/* AQ_ERR_NOMEM where the machine refuses: it is not a clip's fault. */
AQ_MUST_CHECK AqErr aq_decoder_process_start(AqDecoderProcess *p);

/* Ends it, after `patience_ms` if it does not end by itself; gives what waitpid() says
 * of it. 0 where there is none. */
int aq_decoder_process_end(AqDecoderProcess *p, int patience_ms);

#endif
