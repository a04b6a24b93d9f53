/* SPDX-License-Identifier: MIT */
#include "pipeline/serve/http/guard.h"

#include "base/alloc.h"
#include "base/fs/fs.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define TOKEN_CHARACTERS                                                               \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-"
#define DEFAULT_ADDRESS "127.0.0.1"
enum { DEFAULT_PORT = 8642 };
enum { LEAST_TOKEN = 16, HTTP_PORT = 80, HTTPS_PORT = 443, MOST_PORT = 65535 };

/* ---- what is named on the command line ---- */

/* Digits alone, up to the greatest port; -1: it is none. */
static int parse_port(const char *text)
{
    const size_t n = strlen(text);

    if (n == 0 || n > 5 || strspn(text, "0123456789") != n)
        return -1;
    const int port = (int)strtol(text, NULL, 10);
    return port <= MOST_PORT ? port : -1;
}

static int is_ip_number(const char *text, int *is_loopback, int *is_any)
{
    struct in_addr four;
    struct in6_addr six;

    if (inet_pton(AF_INET, text, &four) == 1) {
        *is_loopback = ntohl(four.s_addr) >> 24 == 127;
        *is_any = four.s_addr == htonl(INADDR_ANY);
        return 1;
    }
    if (inet_pton(AF_INET6, text, &six) != 1)
        return 0;
    *is_loopback = IN6_IS_ADDR_LOOPBACK(&six);
    *is_any = IN6_IS_ADDR_UNSPECIFIED(&six);
    return 1;
}

/* Cuts "[ADDRESS]:PORT" or "ADDRESS:PORT" in two; *port NULL: there is none. 0 where a
 * bracket is out of place. */
static int split_host(char *text, char **address, char **port)
{
    char *end = NULL;

    *address = text;
    *port = NULL;
    if (text[0] == '[') {
        end = strchr(text, ']');
        if (!end || (end[1] && end[1] != ':'))
            return 0;
        *address = text + 1;
        *end++ = 0;
    } else {
        end = strchr(text, ':');
    }
    if (end && *end == ':') {
        *end = 0;
        *port = end + 1;
    }
    return 1;
}

static int take_listen_address(AqGuard *g, const char *text)
{
    char copy[128], *name, *port = NULL;

    if (parse_port(text) >= 0) { /* a port alone */
        g->port = parse_port(text);
        return 1;
    }
    if (strlen(text) >= sizeof copy)
        return 0;
    (void)snprintf(copy, sizeof copy, "%s", text);
    name = copy;
    if (inet_pton(AF_INET6, copy, &(struct in6_addr){0}) != 1 &&
        !split_host(copy, &name, &port))
        return 0;
    const char *address = strcmp(name, "localhost") == 0 ? DEFAULT_ADDRESS : name;
    if (port)
        g->port = parse_port(port);
    if (strlen(address) >= sizeof g->address)
        return 0;
    (void)snprintf(g->address, sizeof g->address, "%.63s", address);
    return g->port >= 0;
}

AqErr aq_guard_listen(AqGuard *g, const char *text)
{
    (void)snprintf(g->address, sizeof g->address, "%s", DEFAULT_ADDRESS);
    g->port = DEFAULT_PORT;
    if (!take_listen_address(g, text) ||
        !is_ip_number(g->address, &g->is_loopback, &g->is_any))
        return aq_fail(AQ_ERR_USAGE,
                       "--listen %s: give an address in numbers and a port, as in "
                       "127.0.0.1:8642 or [::1]:8642",
                       text);
    return AQ_OK;
}

AqErr aq_guard_read_token(AqGuard *g, const char *path)
{
    char *text = NULL;
    size_t bytes;
    struct stat st;

    if (stat(path, &st) != 0)
        return aq_fail_errno(path);
    if (st.st_mode & (S_IROTH | S_IWOTH))
        return aq_fail(AQ_ERR_USAGE,
                       "%s: everybody on this machine can read the token: `chmod 600` "
                       "the file",
                       path);
    AqErr err = aq_fs_read(path, 1 << 16, &text, &bytes);
    if (err != AQ_OK)
        return err;
    const size_t n = strcspn(text, "\r\n");
    text[n] = 0;
    if (n < LEAST_TOKEN || n >= sizeof g->token || strspn(text, TOKEN_CHARACTERS) != n)
        err = aq_fail(AQ_ERR_USAGE,
                      "%s: its first line is no token: %d to %zu letters, digits and "
                      ". _ ~ -, as from `openssl rand -hex 24`",
                      path, LEAST_TOKEN, sizeof g->token - 1);
    else
        memcpy(g->token, text, n + 1);
    aq_free(text);
    return err;
}

/* ---- what a request says ---- */

static int is_own_name(const AqGuard *g, const char *name)
{
    int is_loopback = 0, is_any = 0;

    for (int k = 0; k < g->n_names; k++)
        if (strcasecmp(name, g->names[k]) == 0)
            return 1;
    if (strcasecmp(name, "localhost") == 0)
        return g->is_loopback || g->is_any;
    if (strcmp(name, g->address) == 0)
        return 1;
    /* No site's name can be a number, so a number cannot be made to mean this machine.
     */
    return is_ip_number(name, &is_loopback, &is_any) &&
           (g->is_any || (g->is_loopback && is_loopback));
}

static int is_own_host(const AqGuard *g, const char *host, int usual_port)
{
    char copy[300], *name, *port;

    if (!host || strlen(host) >= sizeof copy)
        return 0;
    (void)snprintf(copy, sizeof copy, "%s", host);
    if (!split_host(copy, &name, &port))
        return 0;
    /* Behind a proxy, under a name of its own, the port is the proxy's. */
    for (int k = 0; k < g->n_names; k++)
        if (strcasecmp(name, g->names[k]) == 0)
            return !port || parse_port(port) >= 0;
    return (port ? parse_port(port) : usual_port) == g->port && is_own_name(g, name);
}

int aq_guard_host(const AqGuard *g, const char *host)
{
    return is_own_host(g, host, HTTP_PORT);
}

int aq_guard_origin(const AqGuard *g, const char *origin)
{
    if (!origin)
        return 1;
    if (strncasecmp(origin, "http://", 7) == 0)
        return is_own_host(g, origin + 7, HTTP_PORT);
    if (strncasecmp(origin, "https://", 8) == 0)
        return is_own_host(g, origin + 8, HTTPS_PORT);
    return 0;
}

int aq_guard_is_token(const AqGuard *g, const char *text)
{
    const size_t n = strlen(g->token), m = text ? strlen(text) : 0;
    unsigned differs = n != m || n == 0;

    for (size_t k = 0; k < m; k++)
        differs |= (unsigned char)text[k] ^ (unsigned char)g->token[k < n ? k : 0];
    return differs == 0;
}

int aq_guard_token(const AqGuard *g, const AqGuardHeaders *h)
{
    static const char bearer[] = "Bearer ";

    if (!*g->token)
        return 1;
    if (h->authorization &&
        strncasecmp(h->authorization, bearer, sizeof bearer - 1) == 0 &&
        aq_guard_is_token(g, h->authorization + sizeof bearer - 1))
        return 1;
    return h->cookie && aq_guard_is_token(g, h->cookie);
}
