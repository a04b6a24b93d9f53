/* SPDX-License-Identifier: MIT */
/* Who is let in: addresses, Host and Origin, tokens. */
#include "base/fs/fs.h"
#include "pipeline/serve/http/guard.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static AqGuard guard_at(const char *listen)
{
    AqGuard g = {.port = 0};

    CHECK_OK(aq_guard_listen(&g, listen));
    return g;
}

static void addresses_are_numbers_and_ports(void **state)
{
    static const struct {
        const char *text, *address;
        int port, is_loopback, is_any;
    } good[] = {{"8642", "127.0.0.1", 8642, 1, 0},
                {"0", "127.0.0.1", 0, 1, 0},
                {"127.0.0.1", "127.0.0.1", 8642, 1, 0},
                {"127.3.2.1:80", "127.3.2.1", 80, 1, 0},
                {"localhost:9000", "127.0.0.1", 9000, 1, 0},
                {"0.0.0.0:1", "0.0.0.0", 1, 0, 1},
                {"[::1]:9000", "::1", 9000, 1, 0},
                {"[::]:9000", "::", 9000, 0, 1},
                {"::1", "::1", 8642, 1, 0},
                {"192.168.1.2:65535", "192.168.1.2", 65535, 0, 0}};
    static const char *const bad[] = {
        "",         ":",      "127.0.0.1:",     "127.0.0.1:65536", "127.0.0.1:-1",
        "[::1",     "[::1]9", "example.org:80", "1.2.3:80",        "127.0.0.1:8x",
        "999999999"};

    (void)state;
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        const AqGuard g = guard_at(good[k].text);

        assert_string_equal(g.address, good[k].address);
        assert_int_equal(g.port, good[k].port);
        assert_int_equal(g.is_loopback, good[k].is_loopback);
        assert_int_equal(g.is_any, good[k].is_any);
    }
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        AqGuard g = {.port = 0};

        assert_int_equal(aq_guard_listen(&g, bad[k]), AQ_ERR_USAGE);
    }
}

static void only_own_hosts_are_let_in(void **state)
{
    static const char *const own[] = {"127.0.0.1:8642", "localhost:8642",
                                      "LocalHost:8642", "[::1]:8642", "127.0.0.2:8642"};
    static const char *const foreign[] = {"",
                                          "127.0.0.1",
                                          "127.0.0.1:8643",
                                          "evil.example:8642",
                                          "localhost",
                                          "localhost.evil:8642",
                                          "127.0.0.1.nip.io:8642",
                                          "192.168.1.2:8642",
                                          "[::1:8642",
                                          "127.0.0.1:8642:1",
                                          "127.0.0.1:8642 ",
                                          "127.0.0.1:08642x",
                                          "@127.0.0.1:8642"};
    const AqGuard g = guard_at("8642");

    (void)state;
    assert_false(aq_guard_host(&g, NULL));
    for (size_t k = 0; k < sizeof own / sizeof *own; k++)
        if (!aq_guard_host(&g, own[k]))
            fail_msg("%s was refused", own[k]);
    for (size_t k = 0; k < sizeof foreign / sizeof *foreign; k++)
        if (aq_guard_host(&g, foreign[k]))
            fail_msg("%s was let in", foreign[k]);
}

static void names_are_let_in_at_any_port(void **state)
{
    AqGuard g = guard_at("0.0.0.0:8642");

    (void)state;
    g.names[g.n_names++] = "studio.example";
    assert_true(aq_guard_host(&g, "studio.example"));
    assert_true(aq_guard_host(&g, "Studio.Example:443"));
    assert_false(aq_guard_host(&g, "studio.example:x"));
    assert_false(aq_guard_host(&g, "astudio.example:443"));
    assert_true(aq_guard_host(&g, "192.168.1.2:8642"));
    assert_false(aq_guard_host(&g, "192.168.1.2:8643"));
    assert_true(aq_guard_origin(&g, "https://studio.example"));
}

static void port_80_goes_without_saying(void **state)
{
    const AqGuard g = guard_at("80");

    (void)state;
    assert_true(aq_guard_host(&g, "localhost"));
    assert_true(aq_guard_origin(&g, "http://localhost"));
    assert_false(aq_guard_origin(&g, "https://localhost"));
}

static void only_own_origins_are_let_in(void **state)
{
    const AqGuard g = guard_at("8642");

    (void)state;
    assert_true(aq_guard_origin(&g, NULL));
    assert_true(aq_guard_origin(&g, "http://127.0.0.1:8642"));
    assert_true(aq_guard_origin(&g, "http://localhost:8642"));
    assert_false(aq_guard_origin(&g, "null"));
    assert_false(aq_guard_origin(&g, ""));
    assert_false(aq_guard_origin(&g, "http://evil.example"));
    assert_false(aq_guard_origin(&g, "http://localhost:3000"));
    assert_false(aq_guard_origin(&g, "file://127.0.0.1:8642"));
}

static void tokens_are_whole(void **state)
{
    AqGuard g = guard_at("8642");
    AqGuardHeaders h = {0};

    (void)state;
    assert_true(aq_guard_token(&g, &h)); /* none is wanted */
    assert_false(aq_guard_is_token(&g, ""));
    (void)snprintf(g.token, sizeof g.token, "0123456789abcdef");
    assert_false(aq_guard_token(&g, &h));
    h.cookie = "0123456789abcdef";
    assert_true(aq_guard_token(&g, &h));
    h.cookie = "0123456789abcde";
    assert_false(aq_guard_token(&g, &h));
    h.cookie = "0123456789abcdef0";
    assert_false(aq_guard_token(&g, &h));
    h.authorization = "bearer 0123456789abcdef";
    assert_true(aq_guard_token(&g, &h));
    h.authorization = "Basic 0123456789abcdef";
    assert_false(aq_guard_token(&g, &h));
}

static void write_token(const char *path, const char *text, unsigned mode)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
    assert_int_equal(chmod(path, mode), 0);
}

static void token_files_are_nobody_elses(void **state)
{
    char path[] = "/tmp/aq-token-XXXXXX";
    AqGuard g = {.port = 0};
    const int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    write_token(path, "0123456789abcdef\nmore\n", 0600);
    CHECK_OK(aq_guard_read_token(&g, path));
    assert_string_equal(g.token, "0123456789abcdef");
    write_token(path, "0123456789abcdef\n", 0644);
    assert_int_equal(aq_guard_read_token(&g, path), AQ_ERR_USAGE);
    write_token(path, "0123456789abcde\n", 0600);
    assert_int_equal(aq_guard_read_token(&g, path), AQ_ERR_USAGE);
    write_token(path, "0123456789abc;ef\n", 0600);
    assert_int_equal(aq_guard_read_token(&g, path), AQ_ERR_USAGE);
    (void)unlink(path);
    assert_int_equal(aq_guard_read_token(&g, path), AQ_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_numbers_and_ports),
        cmocka_unit_test(only_own_hosts_are_let_in),
        cmocka_unit_test(names_are_let_in_at_any_port),
        cmocka_unit_test(port_80_goes_without_saying),
        cmocka_unit_test(only_own_origins_are_let_in),
        cmocka_unit_test(tokens_are_whole),
        cmocka_unit_test(token_files_are_nobody_elses)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
