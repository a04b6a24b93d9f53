/* The fault library: shim.c decides which call fails, shim_calls.c replaces the calls.
 */
#ifndef AQ_TESTS_FAULT_SHIM_H
#define AQ_TESTS_FAULT_SHIM_H

#define AQ_SHIM_EXPORT __attribute__((visibility("default")))
#define AQ_SHIM_PRINTF __attribute__((format(printf, 2, 3)))

typedef enum AqFaultClass {
    AQ_CLASS_ALLOC,
    AQ_CLASS_WRITE,
    AQ_CLASS_READ,
    AQ_CLASS_STEP,
    AQ_CLASS_THREAD,
    AQ_N_CLASSES
} AqFaultClass;

typedef enum AqFaultHow {
    AQ_HOW_DEFAULT, /* the default of the class */
    AQ_HOW_ENOSPC,
    AQ_HOW_EIO,
    AQ_HOW_SHORT,
    AQ_HOW_KILL,
    AQ_HOW_NOMEM,
    AQ_HOW_FULL,
    AQ_HOW_IOERR,
    AQ_HOW_BUSY,
    AQ_N_HOWS
} AqFaultHow;

/* Counts a call of the class; returns 1 if it is to fail. */
int aq_shim_hit(AqFaultClass c, const char *function);
AqFaultHow aq_shim_how(void);
/* Is this file below the folder to which faults are limited? */
int aq_shim_wants_fd(int fd);
int aq_shim_wants_path(const char *path);
/* The real function of that name, behind this library's; never NULL. */
void *aq_shim_real(const char *name);

#endif
