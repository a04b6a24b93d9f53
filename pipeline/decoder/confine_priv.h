/* Inside confine: its three means. */
#ifndef AQ_PIPELINE_DECODER_CONFINE_PRIV_H
#define AQ_PIPELINE_DECODER_CONFINE_PRIV_H
#include "pipeline/decoder/confine.h"

/* ---- system calls (confine_calls.c; confine_none.c without libseccomp) ---- */

typedef struct AqConfineFilter AqConfineFilter;

/* NULL: it cannot be made. Nothing is in force yet. */
AqConfineFilter *aq_confine_filter_new(int fd);
void aq_confine_filter_free(AqConfineFilter **f);
/* Gives 1 if it is in force from now on. After PR_SET_NO_NEW_PRIVS. */
int aq_confine_filter_load(AqConfineFilter *f, void (*tried)(int number));

/* ---- files, sockets, signals (confine_landlock.c) ---- */

/* Gives the version in force, 0 for none. After PR_SET_NO_NEW_PRIVS. */
int aq_confine_landlock(void);

#endif
