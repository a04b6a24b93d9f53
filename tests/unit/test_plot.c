/* SPDX-License-Identifier: MIT */
/* Charts: where points land, gaps, text that XML would read as its own, nothing at all.
 */
#include "base/alloc.h"
#include "base/fs.h"
#include "pipeline/plot.h"
#include "tests/unit/check.h"

#include <string.h>
#include <unistd.h>

static char path[64];

static const char *const panels[] = {"loss", "right, %"};

static char *draw(const AqSeries *s, size_t n, const char *title)
{
    const AqPlot p = {.title = title,
                      .x_label = "epoch",
                      .panels = panels,
                      .n_panels = 2,
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
    const AqSeries s = {.label = "line", .panel = 1, .x = x, .y = y, .n = 3};
    char *text = draw(&s, 1, "a title");

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
    const AqSeries s = {.label = "line", .x = x, .y = y, .n = 4};
    char *text = draw(&s, 1, "");
    int moves = 0;

    (void)state;
    for (const char *p = strstr(text, " d=\""); (p = strchr(p + 1, 'M')) != NULL;)
        moves++;
    assert_int_equal(moves, 2);
    assert_null(strstr(text, "nan"));
    aq_free(text);
}

static void what_was_not_measured_has_no_name(void **state)
{
    const double x[] = {1, 2}, y[] = {1, 2}, none[] = {(double)NAN, (double)NAN};
    const AqSeries s[] = {{.label = "seen", .x = x, .y = y, .n = 2},
                          {.label = "missing", .x = x, .y = none, .n = 2}};
    char *text = draw(s, 2, "");

    (void)state;
    has(text, ">seen</text>");
    assert_null(strstr(text, "missing"));
    aq_free(text);
}

static void text_is_text(void **state)
{
    const double x[] = {1}, y[] = {7};
    const AqSeries s = {.label = "<b> & co", .x = x, .y = y, .n = 1};
    char *text = draw(&s, 1, "</text><script>");

    (void)state;
    has(text, "&#60;b&#62; &#38; co");
    assert_null(strstr(text, "<script"));
    aq_free(text);
}

static void nothing_is_said(void **state)
{
    const double x[] = {1}, y[] = {(double)NAN};
    const AqSeries s = {.label = "line", .x = x, .y = y, .n = 1};
    const AqPlot p = {.title = "",
                      .x_label = "",
                      .panels = panels,
                      .n_panels = 2,
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
        cmocka_unit_test(what_was_not_measured_has_no_name),
        cmocka_unit_test(text_is_text), cmocka_unit_test(nothing_is_said)};

    return cmocka_run_group_tests(tests, name_file, NULL);
}
