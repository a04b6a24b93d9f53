/* SPDX-License-Identifier: MIT */
/*
 * Asks a model questions about a clip: ask CLIP QUESTION...
 *   cc ask.c $(pkg-config --cflags --libs avqa) -o ask
 * For each question it prints the answer (or "?" where none should be claimed), the
 * best guess, its probability, the second that it rests on most, and what speaks
 * against it.
 */
#include <avqa.h>

#include <stdio.h>

/* The second whose hiding costs the answer most; -1 if the clip has no such stream. */
static int strongest_second(const AvqaAnswer *answer, AvqaStream stream)
{
    int n = 0, best = -1;
    const float *drops = avqa_answer_drops(answer, stream, &n);

    for (int t = 0; t < n; t++)
        if (best < 0 || drops[t] > drops[best])
            best = t;
    return best;
}

static void show_answer(const char *question, const AvqaAnswer *answer)
{
    const char *text = avqa_answer_text(answer), *warning;
    double probability = 0;

    avqa_answer_at(answer, 0, &probability);
    printf("%s\t%s\t%s\t%.4f\t%s\t%d\t%d\n", question, text ? text : "?",
           avqa_answer_guess(answer), probability,
           avqa_answer_sure(answer) ? "sure" : "not sure",
           strongest_second(answer, AVQA_SOUND),
           strongest_second(answer, AVQA_PICTURE));
    for (size_t k = 0; (warning = avqa_answer_warning(answer, k)) != NULL; k++)
        printf("\t%s\n", warning);
}

int main(int argc, char **argv)
{
    Avqa *avqa = NULL;
    AvqaModel *model = NULL;
    AvqaClip *clip = NULL;
    AvqaError error = {AVQA_OK, ""};

    if (argc < 3) {
        fprintf(stderr, "usage: ask CLIP QUESTION...\n");
        return 2;
    }
    /* NULL: the model that the user named or trained, or the one that comes along. */
    if (avqa_new(&avqa, &error) == AVQA_OK &&
        avqa_set(avqa, "threads", "0", &error) == AVQA_OK &&
        avqa_model_open(&model, avqa, NULL, &error) == AVQA_OK)
        avqa_clip_open(&clip, model, argv[1], &error);

    /* The clip was read once; each question takes a fraction of a second. */
    for (int k = 2; k < argc && error.status == AVQA_OK; k++) {
        AvqaAnswer *answer = NULL;

        if (avqa_ask(&answer, model, clip, argv[k], NULL, AVQA_OCCLUSION, &error) ==
            AVQA_OK)
            show_answer(argv[k], answer);
        avqa_answer_free(&answer);
    }

    if (error.status != AVQA_OK)
        fprintf(stderr, "ask: %s\n", error.text);
    avqa_clip_free(&clip); /* NULL is fine */
    avqa_model_free(&model);
    avqa_free(&avqa);
    return error.status == AVQA_OK ? 0 : 1;
}
