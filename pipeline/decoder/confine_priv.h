/* Internal to confine: its mechanisms. */
#ifndef AQ_PIPELINE_DECODER_CONFINE_PRIV_H
#define AQ_PIPELINE_DECODER_CONFINE_PRIV_H
#include "pipeline/decoder/confine.h"

/* ---- system calls (confine_calls.c; confine_none.c without libseccomp) ---- */

typedef struct AqConfineFilter AqConfineFilter;

/* NULL if it cannot be made. Does not activate the filter. */
AqConfineFilter *aq_confine_filter_new(int fd);
void aq_confine_filter_free(AqConfineFilter **f);
/* Activates the filter; returns 1 on success. Requires PR_SET_NO_NEW_PRIVS. */
int aq_confine_filter_load(AqConfineFilter *f, void (*tried)(int number));

/* ---- files, sockets, signals (confine_landlock.c) ---- */

/* Activates the rules; returns their ABI version, 0 for none. Requires
 * PR_SET_NO_NEW_PRIVS. */
int aq_confine_landlock(void);

#endif
