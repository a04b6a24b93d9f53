/* Inside http: a request on its way from the first byte to the last of its reply. */
#ifndef AQ_PIPELINE_SERVE_HTTP_HTTP_PRIV_H
#define AQ_PIPELINE_SERVE_HTTP_HTTP_PRIV_H
#include "pipeline/serve/http/http.h"

#include <stdatomic.h>

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_PostProcessor;

struct AqHttp {
    AqHttpPlan plan;
    struct MHD_Daemon *daemon;
    int port;
    atomic_int refuses, n_busy, n_streams, n_uploads;
};

/* A body that comes in, for one thread. */
#define AQ_INTAKE_FIELDS 8
typedef struct AqIntake {
    const AqHttpPlan *plan;
    AqHttpTakes takes;
    int64_t began_us, total; /* bytes that came */
    char *text;              /* (bytes + 1) of a body that is no file */
    size_t bytes;
    AqHttpFile file;
    AqSha256 *digest;
    int fd; /* of the file; 0: none yet */
    struct MHD_PostProcessor *form;
    int n_fields;
    struct {
        char name[32];
        char *text;
        size_t bytes;
    } field[AQ_INTAKE_FIELDS];
    int status; /* 0, or that of the error in `why` */
    char why[512];
} AqIntake;

/* Adds to the body; faults are kept for the reply. 0: the connection is to be closed,
 * as too much comes, or too slowly. */
int aq_intake_add(AqIntake *in, const char *data, size_t n);
/* Adds to the field, or to the file if it is called "clip". */
void aq_intake_field(AqIntake *in, const char *name, const char *file, const char *data,
                     size_t n);
/* All has come: the file's digest. */
void aq_intake_end(AqIntake *in);
/* Removes the file unless its path was taken. */
void aq_intake_clear(AqIntake *in);

#endif
