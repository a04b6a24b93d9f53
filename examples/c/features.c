/* SPDX-License-Identifier: MIT */
/*
 * Writes what a network makes of a clip: features CLIP NETWORK OUT.raw
 *   cc features.c $(pkg-config --cflags --libs avqa) -o features
 * OUT.raw gets the numbers, float32 in the machine's order; the shape and the time of
 * each row are printed. NETWORK is one of `avqa-pipe features --help`, such as
 * vggish_nano.
 */
#include <avqa.h>

#include <stdio.h>

/* 0 if all of it was written. */
static int save_rows(const AvqaFeatures *features, const char *path)
{
    size_t shape[4], values = 1;
    const int dims = avqa_features_shape(features, shape);
    FILE *out = fopen(path, "wb");

    for (int k = 0; k < dims; k++)
        values *= shape[k];
    if (!out ||
        fwrite(avqa_features_data(features), sizeof(float), values, out) != values) {
        perror(path);
        if (out)
            fclose(out);
        return 1;
    }
    if (fclose(out) != 0) {
        perror(path);
        return 1;
    }
    return 0;
}

static void show_rows(const AvqaFeatures *features)
{
    size_t shape[4];
    const int dims = avqa_features_shape(features, shape);

    printf("shape");
    for (int k = 0; k < dims; k++)
        printf(" %lu", (unsigned long)shape[k]);
    printf("\n");
    for (size_t row = 0; row < shape[0]; row++) {
        double begins, ends;

        if (avqa_features_row(features, row, &begins, &ends))
            printf("row %lu: %.3f s to %.3f s\n", (unsigned long)row, begins, ends);
        else
            printf("row %lu: the clip has none\n", (unsigned long)row);
    }
}

int main(int argc, char **argv)
{
    Avqa *avqa = NULL;
    AvqaNetwork *network = NULL;
    AvqaFeatures *features = NULL;
    AvqaError error = {AVQA_OK, ""};
    int status = 1;

    if (argc != 4) {
        fprintf(stderr, "usage: features CLIP NETWORK OUT.raw\n");
        return 2;
    }
    if (avqa_new(&avqa, &error) == AVQA_OK &&
        avqa_network_open(&network, avqa, argv[2], NULL, NULL, &error) == AVQA_OK &&
        avqa_features(&features, network, argv[1], 0, &error) == AVQA_OK) {
        show_rows(features);
        status = save_rows(features, argv[3]);
    } else {
        fprintf(stderr, "features: %s\n", error.text);
    }
    avqa_features_free(&features);
    avqa_network_free(&network);
    avqa_free(&avqa);
    return status;
}
