/* SPDX-License-Identifier: MIT */
/* Charts: where points land, gaps, text that XML would read as its own, nothing at all.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "pipeline/ui/plot.h"
#include "tests/unit/check.h"

#include <string.h>
#include <unistd.h>

static char path[64];

static const char *const panels[] = {"loss", "right, %"};
static const char *owners[] = {"first", "second", "third"};
static const char *const dashes[AQ_N_DASHES] = {"whole", "dashed", "dotted"};

static char *draw(const AqSeries *s, size_t n, size_t n_owners, const char *title)
{
    const AqPlot p = {.title = title,
                      .x_label = "epoch",
                      .panels = panels,
                      .n_panels = 2,
                      .owners = owners,
                      .n_owners = n_owners,
                      .dashes = dashes,
                      .series = s,
                      .n_series = n};
    char *text = NULL;
    size_t bytes;

    CHECK_OK(aq_plot_write(&p, path));
    CHECK_OK(aq_fs_read(path, 1 << 20, &text, &bytes));
    (void)unlink(path);
    return text;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in the chart", part);
}

static void points_land_where_they_should(void **state)
{
    const double x[] = {0, 5, 10}, y[] = {0, 50, 100};
    const AqSeries s = {.panel = 1, .x = x, .y = y, .n = 3};
    char *text = draw(&s, 1, 1, "a title");

    (void)state;
    /* 860 wide, 70 and 230 beside; the second panel from 320 to 560 */
    has(text, "M70.0 560.0h0L350.0 440.0L630.0 320.0\"");
    has(text, ">100</text>");
    has(text, ">a title</text>");
    has(text, ">right, %</text>");
    has(text, "</svg>");
    aq_free(text);
}

static void gaps_stay_open(void **state)
{
    const double x[] = {1, 2, 3, 4}, y[] = {1, 2, (double)NAN, 4};
    const AqSeries s = {.x = x, .y = y, .n = 4};
    char *text = draw(&s, 1, 1, "");
    int moves = 0;

    (void)state;
    for (const char *p = strstr(text, " d=\""); (p = strchr(p + 1, 'M')) != NULL;)
        moves++;
    assert_int_equal(moves, 2);
    assert_null(strstr(text, "nan"));
    aq_free(text);
}

/* The attribute of the nth line. */
static void line_has(const char *text, int nth, const char *attribute)
{
    for (int k = 0; k <= nth && text; k++)
        text = strstr(k ? text + 1 : text, "<path");
    const char *end = text ? strchr(text, '>') : NULL,
               *at = text ? strstr(text, attribute) : NULL;
    if (!at || at > end)
        fail_msg("line %d has no %s", nth, attribute);
}

static void colour_says_whose_and_dash_says_what(void **state)
{
    const double x[] = {1, 2}, y[] = {1, 2};
    const AqSeries s[] = {
        {.x = x, .y = y, .n = 2},
        {.dash = AQ_DASH_DASHED, .x = x, .y = y, .n = 2},
        {.owner = 1, .x = x, .y = y, .n = 2},
        {.owner = 1, .panel = 1, .dash = AQ_DASH_DOTTED, .x = x, .y = y, .n = 2}};
    char *text = draw(s, 4, 2, "");

    (void)state;
    for (int k = 0; k < 4; k++)
        line_has(text, k, k < 2 ? "stroke=\"#0072B2\"" : "stroke=\"#D55E00\"");
    line_has(text, 0, "dasharray=\"none\"");
    line_has(text, 1, "dasharray=\"7 5\"");
    line_has(text, 2, "dasharray=\"none\"");
    line_has(text, 3, "dasharray=\"0.1 5\"");
    has(text, ">first</text>");
    has(text, ">second</text>");
    has(text, ">dotted</text>");
    aq_free(text);
}

static void one_owner_needs_no_name(void **state)
{
    const double x[] = {1, 2}, y[] = {1, 2};
    const AqSeries s = {.x = x, .y = y, .n = 2};
    char *text = draw(&s, 1, 1, "");

    (void)state;
    has(text, ">whole</text>");
    assert_null(strstr(text, "first"));
    aq_free(text);
}

static void what_was_not_measured_has_no_name(void **state)
{
    const double x[] = {1, 2}, y[] = {1, 2}, none[] = {(double)NAN, (double)NAN};
    const AqSeries s[] = {
        {.x = x, .y = y, .n = 2},
        {.owner = 1, .dash = AQ_DASH_DASHED, .x = x, .y = none, .n = 2},
        {.owner = 2, .x = x, .y = y, .n = 2}};
    char *text = draw(s, 3, 3, "");

    (void)state;
    has(text, ">first</text>");
    has(text, ">third</text>");
    assert_null(strstr(text, "second"));
    assert_null(strstr(text, "dashed"));
    aq_free(text);
}

static void many_owners_fit(void **state)
{
    enum { N = 60 };
    const double x[] = {1, 2}, y[] = {1, 2};
    const char *many[N];
    AqSeries s[N];
    const AqPlot p = {.title = "",
                      .x_label = "",
                      .panels = panels,
                      .n_panels = 2,
                      .owners = many,
                      .n_owners = N,
                      .dashes = dashes,
                      .series = s,
                      .n_series = N};
    char *text = NULL;
    size_t bytes;
    int height = 0;

    (void)state;
    for (size_t k = 0; k < N; k++) {
        many[k] = owners[k % 3];
        s[k] = (AqSeries){.owner = k, .x = x, .y = y, .n = 2};
    }
    CHECK_OK(aq_plot_write(&p, path));
    CHECK_OK(aq_fs_read(path, 1 << 20, &text, &bytes));
    (void)unlink(path);
    assert_int_equal(sscanf(strstr(text, "height=\"") + 8, "%d", &height), 1);
    assert_true(height > N * 18);
    line_has(text, 12, "stroke=\"hsl(");
    aq_free(text);
}

static void text_is_text(void **state)
{
    const double x[] = {1}, y[] = {7};
    const AqSeries s[] = {{.x = x, .y = y, .n = 1},
                          {.owner = 1, .x = x, .y = y, .n = 1}};
    const char *first = owners[0];

    (void)state;
    owners[0] = "<b> & co";
    char *text = draw(s, 2, 2, "</text><script>");
    owners[0] = first;
    has(text, "&#60;b&#62; &#38; co");
    assert_null(strstr(text, "<script"));
    aq_free(text);
}

static void nothing_is_said(void **state)
{
    const double x[] = {1}, y[] = {(double)NAN};
    const AqSeries s = {.x = x, .y = y, .n = 1};
    const AqPlot p = {.title = "",
                      .x_label = "",
                      .panels = panels,
                      .n_panels = 2,
                      .owners = owners,
                      .n_owners = 1,
                      .dashes = dashes,
                      .series = &s,
                      .n_series = 1};

    (void)state;
    assert_int_equal(aq_plot_write(&p, path), AQ_ERR_USAGE);
    assert_int_not_equal(access(path, F_OK), 0);
}

static int name_file(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_plot_%ld.svg", (long)getpid());
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_land_where_they_should),
        cmocka_unit_test(gaps_stay_open),
        cmocka_unit_test(colour_says_whose_and_dash_says_what),
        cmocka_unit_test(one_owner_needs_no_name),
        cmocka_unit_test(many_owners_fit),
        cmocka_unit_test(what_was_not_measured_has_no_name),
        cmocka_unit_test(text_is_text),
        cmocka_unit_test(nothing_is_said)};

    return cmocka_run_group_tests(tests, name_file, NULL);
}
