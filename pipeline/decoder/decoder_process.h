/* Starting and ending the process behind a decoder. */
#ifndef AQ_PIPELINE_DECODER_DECODER_PROCESS_H
#define AQ_PIPELINE_DECODER_DECODER_PROCESS_H
#include "base/err.h"

#include <sys/types.h>

typedef struct AqDecoderProcess {
    pid_t pid; /* 0: there is none */
    int fd;    /* our end of its socket */
} AqDecoderProcess;

/* The path of the program that decodes: what AVQA_DECODER names, else avqa-decoder,
 * found from where this program or library lies. Gives. AQ_ERR_UNSUPPORTED if it is not
 * there. */
AQ_MUST_CHECK AqErr aq_decoder_program(char **out);

/* `program` NULL: as above. AQ_ERR_UNSUPPORTED if it cannot be run; AQ_ERR_NOMEM if the
 * system refuses: neither is a clip's fault. */
AQ_MUST_CHECK AqErr aq_decoder_process_start(AqDecoderProcess *p, const char *program);

/* Ends it, by force if it does not end within `patience_ms`; returns its wait status, 0
 * if there is no process. */
int aq_decoder_process_end(AqDecoderProcess *p, int patience_ms);

#endif
