/* SPDX-License-Identifier: MIT */
/* Landlock by system call number: kernels have it before the headers do. */
#define _GNU_SOURCE 1 /* O_PATH */
#include "pipeline/decoder/confine_priv.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    NR_CREATE_RULESET = 444, /* on every architecture */
    NR_ADD_RULE = 445,
    NR_RESTRICT_SELF = 446,
    ASK_VERSION = 1,
    RULE_PATH_BENEATH = 1,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3
};

typedef struct Ruleset {
    uint64_t files, net, scoped; /* what is refused unless a rule allows it */
} Ruleset;

/* Everything that this ABI version can refuse. */
static Ruleset all_of(int abi)
{
    static const int n_files[] = {0, 13, 14, 15, 15, 16};
    const int most = (int)(sizeof n_files / sizeof *n_files) - 1;

    return (Ruleset){.files = (1u << n_files[abi < most ? abi : most]) - 1,
                     .net = abi >= 4 ? 3 : 0,     /* TCP: bind, connect */
                     .scoped = abi >= 6 ? 3 : 0}; /* abstract sockets, signals */
}

/* A sanitizer reads its own maps. */
static void let_proc_be_read(int rules)
{
    struct {
        uint64_t allowed;
        int32_t parent;
    } __attribute__((packed)) below = {.allowed = READ_FILE | READ_DIR};

    below.parent = open("/proc", O_PATH | O_CLOEXEC);
    if (below.parent < 0)
        return;
    (void)syscall(NR_ADD_RULE, rules, RULE_PATH_BENEATH, &below, 0);
    (void)close(below.parent);
}

int aq_confine_landlock(void)
{
    const int abi = (int)syscall(NR_CREATE_RULESET, NULL, 0, ASK_VERSION);

    if (abi < 1)
        return 0;
    const Ruleset r = all_of(abi);
    const int rules = (int)syscall(NR_CREATE_RULESET, &r, sizeof r, 0);
    if (rules < 0)
        return 0;
    if (AQ_SANITIZED)
        let_proc_be_read(rules);
    const int ok = syscall(NR_RESTRICT_SELF, rules, 0) == 0;
    (void)close(rules);
    return ok ? abi : 0;
}
