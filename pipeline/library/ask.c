/* SPDX-License-Identifier: MIT */
#include "pipeline/library/answer.h"
#include "pipeline/library/library_priv.h"
#include "pipeline/parallel/stage.h"

typedef struct LibraryAsking {
    AvqaAnswer **out;
    const AvqaModel *m;
    const AvqaClip *clip;
    const char *question;
    const char *const *choices;
    unsigned what;
} LibraryAsking;

static AqErr count_offered(const LibraryAsking *a, size_t *n)
{
    const int chooses = avqa_model_chooses(a->m);

    *n = 0;
    while (a->choices && a->choices[*n])
        ++*n;
    if (!chooses && *n > 0)
        return aq_fail(AQ_ERR_USAGE, "choices are for models that choose, and this one "
                                     "does not");
    if (chooses && (*n < 1 || *n > AQ_MOST_CHOICES))
        return aq_fail(AQ_ERR_USAGE,
                       "this model chooses: give it 1 to %d choices with a question",
                       AQ_MOST_CHOICES);
    return AQ_OK;
}

static AqErr check_asking(const LibraryAsking *a)
{
    const unsigned known = AVQA_OCCLUSION | AVQA_OCCLUSION_CELLS;

    if (a->what & ~known)
        return aq_fail(AQ_ERR_USAGE, "avqa_ask() knows nothing of %#x in `what`",
                       a->what & ~known);
    if (a->clip->model != a->m)
        return aq_fail(AQ_ERR_USAGE, "the clip was opened for another model");
    return AQ_OK;
}

static AqErr answer_inquiry(const LibraryAsking *a, AqInquiry *q)
{
    const int cells = (a->what & AVQA_OCCLUSION_CELLS) != 0;
    AqPrediction p;
    AqOcclusion y, *occlusion = q->occluder ? &y : NULL;
    AqErr err = aq_inquiry_read(q);

    if (err == AQ_OK)
        err = aq_inquiry_answer(q, cells, &p, occlusion);
    return err == AQ_OK ? aq_library_answer(a->out, q, &p, occlusion) : err;
}

static AqErr ask_model(void *ctx)
{
    const LibraryAsking *a = ctx;
    AqThreadExecutor *exec = NULL;
    AqInquiry q = {.model = a->m->model,
                   .forms = a->m->forms,
                   .clip = &a->clip->features,
                   .notes = a->clip->notes,
                   .offered = a->choices,
                   .question = a->question};
    AqErr err = check_asking(a);

    if (err == AQ_OK)
        err = count_offered(a, &q.n_offered);
    if (err == AQ_OK)
        err = aq_predictor_new(&q.predictor, q.model, NULL);
    if (err == AQ_OK && a->what)
        err = aq_thread_executor_new(&exec, aq_library_threads(a->m->a));
    if (err == AQ_OK && a->what)
        err = aq_occluder_new(&q.occluder, q.model, aq_thread_executor_as(exec));
    if (err == AQ_OK)
        err = answer_inquiry(a, &q);
    aq_inquiry_clear(&q);
    aq_occluder_free(&q.occluder);
    aq_thread_executor_free(&exec);
    aq_predictor_free(&q.predictor);
    return err;
}

/* What a text tower has read is kept with the model. */
static AqErr ask_in_turn(const LibraryAsking *a)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&a->m->lock;

    if (a->m->tower)
        (void)pthread_mutex_lock(lock);
    const AqErr err = aq_library_call(ask_model, (void *)(uintptr_t)a);
    if (a->m->tower)
        (void)pthread_mutex_unlock(lock);
    return err;
}

AvqaStatus avqa_ask(AvqaAnswer **out, const AvqaModel *m, const AvqaClip *clip,
                    const char *question, const char *const *choices, unsigned what,
                    AvqaError *error)
{
    const LibraryAsking a = {.out = out,
                             .m = m,
                             .clip = clip,
                             .question = question,
                             .choices = choices,
                             .what = what};

    *out = NULL;
    return aq_library_status(ask_in_turn(&a), error);
}
