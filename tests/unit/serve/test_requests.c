/* SPDX-License-Identifier: MIT */
/* Ranges of files, and which route a path is for. */
#include "pipeline/serve/http/http.h"
#include "pipeline/serve/http/range.h"
#include "tests/unit/check.h"

#include <string.h>

static void ranges_are_cut_to_the_file(void **state)
{
    static const struct {
        const char *text;
        int64_t size;
        AqRangeKind kind;
        int64_t from, bytes;
    } all[] = {{NULL, 100, AQ_RANGE_WHOLE, 0, 100},
               {"bytes=0-", 100, AQ_RANGE_PART, 0, 100},
               {"bytes=0-0", 100, AQ_RANGE_PART, 0, 1},
               {"bytes=10-19", 100, AQ_RANGE_PART, 10, 10},
               {"bytes=90-200", 100, AQ_RANGE_PART, 90, 10},
               {"bytes=99-", 100, AQ_RANGE_PART, 99, 1},
               {"bytes=100-", 100, AQ_RANGE_NONE, 0, 0},
               {"bytes=100-200", 100, AQ_RANGE_NONE, 0, 0},
               {"bytes=-1", 100, AQ_RANGE_PART, 99, 1},
               {"bytes=-100", 100, AQ_RANGE_PART, 0, 100},
               {"bytes=-500", 100, AQ_RANGE_PART, 0, 100},
               {"bytes=-0", 100, AQ_RANGE_NONE, 0, 0},
               {"Bytes= 5-6 ", 100, AQ_RANGE_PART, 5, 2},
               {"bytes=5-4", 100, AQ_RANGE_WHOLE, 0, 100},
               {"bytes=1-2,5-6", 100, AQ_RANGE_WHOLE, 0, 100},
               {"bytes=", 100, AQ_RANGE_WHOLE, 0, 100},
               {"bytes=-", 100, AQ_RANGE_WHOLE, 0, 100},
               {"bytes=a-b", 100, AQ_RANGE_WHOLE, 0, 100},
               {"bytes=--5", 100, AQ_RANGE_WHOLE, 0, 100},
               {"lines=0-5", 100, AQ_RANGE_WHOLE, 0, 100},
               {"bytes=99999999999999999999-", 100, AQ_RANGE_WHOLE, 0, 100},
               {"bytes=0-99999999999999999999", 100, AQ_RANGE_WHOLE, 0, 100},
               {"bytes=0-", 0, AQ_RANGE_NONE, 0, 0},
               {"bytes=-5", 0, AQ_RANGE_NONE, 0, 0}};

    (void)state;
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        const AqRange r = aq_range_parse(all[k].text, all[k].size);

        if (r.kind != all[k].kind || r.from != all[k].from || r.bytes != all[k].bytes)
            fail_msg("%s of %d: kind %d, from %d, %d bytes",
                     all[k].text ? all[k].text : "none", (int)all[k].size, (int)r.kind,
                     (int)r.from, (int)r.bytes);
    }
}

static void handle_nothing(const AqRequest *r, AqReply *out)
{
    (void)r;
    (void)out;
}

static const AqHttpRoute *route_of(AqRequest *r, AqHttpMethod method, const char *path,
                                   int *status)
{
    static const AqHttpRoute table[] = {
        {AQ_HTTP_GET, "/", handle_nothing, AQ_HTTP_NOTHING, 0},
        {AQ_HTTP_GET, "/clips", handle_nothing, AQ_HTTP_NOTHING, 0},
        {AQ_HTTP_GET, "/clips/*", handle_nothing, AQ_HTTP_NOTHING, 0},
        {AQ_HTTP_DELETE, "/clips/*", handle_nothing, AQ_HTTP_NOTHING, 0},
        {AQ_HTTP_GET, "/clips/*/asks/*", handle_nothing, AQ_HTTP_NOTHING, 0},
        {0}};

    *r = (AqRequest){.method = method, .path = path};
    return aq_http_route(table, r, status);
}

static void routes_take_their_parts(void **state)
{
    AqRequest r;
    int status;

    (void)state;
    assert_non_null(route_of(&r, AQ_HTTP_GET, "/", &status));
    assert_non_null(route_of(&r, AQ_HTTP_GET, "/clips/ab", &status));
    assert_string_equal(r.arg[0], "ab");
    assert_non_null(route_of(&r, AQ_HTTP_GET, "/clips/ab/asks/7", &status));
    assert_string_equal(r.arg[0], "ab");
    assert_string_equal(r.arg[1], "7");
    const AqHttpRoute *gone = route_of(&r, AQ_HTTP_DELETE, "/clips/ab", &status);
    assert_non_null(gone);
    assert_int_equal(gone->method, AQ_HTTP_DELETE);
}

static void what_is_no_route_is_told(void **state)
{
    static const char *const nowhere[] = {
        "",          "//",         "/clip",          "/clips/",
        "/clips/a/", "/clips/a/b", "/clips//asks/1", "/clips/a/asks/",
        "clips"};
    char longest[300];
    AqRequest r;
    int status;

    (void)state;
    for (size_t k = 0; k < sizeof nowhere / sizeof *nowhere; k++) {
        assert_null(route_of(&r, AQ_HTTP_GET, nowhere[k], &status));
        assert_int_equal(status, 404);
    }
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "/clips/", 7);
    longest[sizeof longest - 1] = 0;
    assert_null(route_of(&r, AQ_HTTP_GET, longest, &status));
    assert_null(route_of(&r, AQ_HTTP_POST, "/clips/a", &status));
    assert_int_equal(status, 405);
    assert_null(route_of(&r, AQ_HTTP_OTHER, "/", &status));
    assert_int_equal(status, 405);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges_are_cut_to_the_file),
                                       cmocka_unit_test(routes_take_their_parts),
                                       cmocka_unit_test(what_is_no_route_is_told)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
