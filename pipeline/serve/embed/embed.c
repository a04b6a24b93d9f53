/* SPDX-License-Identifier: MIT */
/* At the build: writes files into a header, for the program to have them in itself
 * (pipeline/serve/page.c).
 *   embed FILE...      the header goes to standard output */
#include <stdio.h>
#include <string.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static const char *type_of_file(const char *path)
{
    static const char *const types[][2] = {{".html", "text/html; charset=utf-8"},
                                           {".css", "text/css; charset=utf-8"},
                                           {".js", "text/javascript; charset=utf-8"},
                                           {".svg", "image/svg+xml"},
                                           {".json", "application/json"}};
    const char *dot = strrchr(path, '.');

    for (size_t k = 0; dot && k < sizeof types / sizeof *types; k++)
        if (strcmp(dot, types[k][0]) == 0)
            return types[k][1];
    return "application/octet-stream";
}

static int write_bytes(const char *path, int number)
{
    FILE *f = fopen(path, "rb");
    int n = 0;

    if (!f) {
        perror(path);
        return 1;
    }
    (void)printf("static const unsigned char file_%d[] = {", number);
    for (int c; (c = getc(f)) != EOF; n++)
        (void)printf("%s%d,", n % 20 ? "" : "\n", c);
    (void)printf("0};\n"); /* an empty file is no empty array */
    return fclose(f) != 0;
}

/* "index.html" is "/"; a description of the API is below /api. */
static void write_row(const char *path, int number)
{
    const char *name = base_name(path);

    if (strcmp(name, "index.html") == 0)
        name = "";
    (void)printf("    {\"%s%s\", \"%s\", file_%d, sizeof file_%d - 1},\n",
                 strcmp(name, "openapi.json") == 0 ? "/api/" : "/", name,
                 type_of_file(path), number, number);
}

int main(int argc, char **argv)
{
    for (int k = 1; k < argc; k++)
        if (write_bytes(argv[k], k) != 0)
            return 1;
    (void)puts("static const AqPageFile files[] = {");
    for (int k = 1; k < argc; k++)
        write_row(argv[k], k);
    (void)puts("    {0}};");
    return fflush(stdout) != 0;
}
