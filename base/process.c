/* SPDX-License-Identifier: MIT */
/* Linux: proc(5), pid_namespaces(7). */
#include "base/process.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PLACE = 96, ARGUMENTS = 4096 /* bytes read at first */ };

/* The boot ID and the PID namespace, within which process numbers are unique. "-" for a
 * part that cannot be read, which matches only itself. */
static void read_process_place(char place[PLACE])
{
    char boot[40] = "-", ns[40] = "-";
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

    if (f) {
        if (fscanf(f, "%36s", boot) != 1)
            (void)snprintf(boot, sizeof boot, "-");
        (void)fclose(f); /* read only */
    }
    const ssize_t n = readlink("/proc/self/ns/pid", ns, sizeof ns - 1);
    if (n > 0)
        ns[n] = '\0';
    (void)snprintf(place, PLACE, "%s %s", boot, ns);
}

/* When the process started, in clock ticks since boot: field 22 of its stat, counted
 * from after the name, which may hold any character. 0: no such process. */
static unsigned long long start_of(long pid)
{
    char path[40], text[1024];
    unsigned long long start = 0;

    (void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    const size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    (void)fclose(f); /* read only */
    const char *p = strrchr(text, ')');
    for (int k = 2; p && k < 22; k++)
        p = strchr(p + 1, ' ');
    return p && sscanf(p, " %llu", &start) == 1 ? start : 0;
}

void aq_process_identity(char id[AQ_PROCESS_ID])
{
    char place[PLACE];
    const long pid = (long)getpid();

    read_process_place(place);
    (void)snprintf(id, AQ_PROCESS_ID, "%s %ld %llu", place, pid, start_of(pid));
}

AqProcessState aq_process_state(const char *id)
{
    char place[PLACE];
    long pid = 0;
    unsigned long long start = 0;

    read_process_place(place);
    const size_t n = strlen(place);
    if (place[0] == '-' || strncmp(id, place, n) != 0 ||
        sscanf(id + n, " %ld %llu", &pid, &start) != 2 || start == 0)
        return AQ_PROCESS_UNKNOWN;
    return start_of(pid) == start ? AQ_PROCESS_RUNS : AQ_PROCESS_GONE;
}

int aq_process_is_of_another_boot(const char *id)
{
    char place[PLACE];

    read_process_place(place);
    const size_t here = strcspn(place, " "), there = strcspn(id, " ");
    return place[0] != '-' && id[0] != '-' && there == here && here > 0 &&
           strncmp(id, place, here) != 0;
}

void aq_process_host(char host[AQ_HOST_NAME])
{
    if (gethostname(host, AQ_HOST_NAME) != 0)
        host[0] = '\0';
    host[AQ_HOST_NAME - 1] = '\0';
}

AqErr aq_process_arguments(char **out, size_t *bytes)
{
    static const char path[] = "/proc/self/cmdline";
    size_t room = ARGUMENTS, n = 0;
    char *text = NULL;
    AqErr err = AQ_OK;

    *out = NULL;
    *bytes = 0;
    FILE *f = fopen(path, "re");
    if (!f)
        return aq_fail_errno(path);
    do { /* it has no size that could be asked */
        char *more = aq_realloc(text, room *= 2, 1);
        if (!more) {
            err = AQ_ERR_NOMEM;
            break;
        }
        text = more;
        n += fread(text + n, 1, room - n, f);
    } while (n == room);
    if (err == AQ_OK && ferror(f))
        err = aq_fail_errno(path);
    (void)fclose(f); /* read only */
    if (err != AQ_OK) {
        aq_free(text);
        return err;
    }
    *out = text;
    *bytes = n;
    return AQ_OK;
}
