/* SPDX-License-Identifier: MIT */
#include "extract/pretrain/state.h"

#include "base/alloc.h"

/* Digest of the training set as the networks see it. */
static AqErr digest_set(const AqPretrainSet *set, size_t each, char hex[AQ_SHA256_HEX])
{
    const size_t labels =
        set->n * (size_t)set->bands * (size_t)set->targets * sizeof(float);
    const int shape[] = {set->bands, set->targets, set->group};
    AqSha256 *s = NULL;
    AqErr err = aq_sha256_new(&s);

    if (err == AQ_OK)
        err = aq_sha256_add(s, shape, sizeof shape);
    for (size_t k = 0; err == AQ_OK && k < set->n; k++)
        err = aq_sha256_add(s, set->in[k], each * sizeof(float));
    if (err == AQ_OK)
        err = aq_sha256_add(s, set->target, labels);
    if (err == AQ_OK)
        err = aq_sha256_add(s, set->weight, labels);
    if (err == AQ_OK)
        err = aq_sha256_add(s, set->val, set->n);
    if (err == AQ_OK)
        err = aq_sha256_finish(&s, hex);
    aq_sha256_free(&s);
    return err;
}

AqErr aq_pretrain_state_init(AqPretrainState *s, const AqPretrainJob *job,
                             const AqExtractorFacts *facts)
{
    const AqPretrainConfig *h = job->how;

    s->settings = aq_strf(
        "extractor=%s %d, %s\nseed=%llu\nepochs=%d\nbatch=%d\nlr=%.10g\n"
        "weight_decay=%.10g\naugment=%.10g\nweights=%s\n",
        facts->name, facts->version, facts->options, (unsigned long long)h->seed,
        h->epochs, h->batch, h->lr, h->weight_decay, h->augment, facts->weights_sha256);
    s->origin = (AqResumeOrigin){.format = "avqa-pipe pretraining 1",
                                 .kind = "pretraining",
                                 .settings = s->settings,
                                 .data_key = "inputs",
                                 .other_data = "other clips or another truth; give "
                                               "the same truth, clips and seconds"};
    return s->settings ? digest_set(job->set, aq_extractor_values(facts->input.dims),
                                    s->origin.data)
                       : AQ_ERR_NOMEM;
}

void aq_pretrain_state_clear(AqPretrainState *s)
{
    aq_free(s->settings);
    *s = (AqPretrainState){0};
}

AqErr aq_pretrain_state_save(const AqPretrainState *s, const char *path)
{
    AqWeightsWriter *w = NULL;
    AqErr err = aq_resume_writer_new(&w, &s->origin);

    if (err == AQ_OK)
        err = aq_resume_add_row(w, "step", AQ_I64, &s->step, 1);
    if (err == AQ_OK)
        err = aq_resume_add_row(w, "sum", AQ_F64, &s->sum, 1);
    if (err == AQ_OK)
        err = aq_resume_add_params(w, s->net, "net.p.", "net.");
    if (err == AQ_OK)
        err = aq_resume_add_params(w, s->head, "head.p.", "head.");
    if (err == AQ_OK)
        err = aq_weights_writer_commit(w, path);
    aq_weights_writer_free(&w);
    return err;
}

static AqErr read_pretrain_state(AqPretrainState *s, AqWeights *w, long steps)
{
    AqErr err = aq_resume_read_row(w, "step", AQ_I64, &s->step, 1);

    if (err == AQ_OK)
        err = aq_resume_read_row(w, "sum", AQ_F64, &s->sum, 1);
    if (err == AQ_OK && (s->step < 1 || s->step > steps))
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: its step %lld is out of range: this training has %ld steps",
                       aq_weights_path(w), (long long)s->step, steps);
    if (err == AQ_OK)
        err = aq_resume_read_params(w, s->net, "net.p.", "net.");
    return err == AQ_OK ? aq_resume_read_params(w, s->head, "head.p.", "head.") : err;
}

AqErr aq_pretrain_state_load(AqPretrainState *s, const char *path, long steps)
{
    AqWeights *w = NULL;
    AqErr err = aq_resume_open(&w, path, &s->origin);

    if (err == AQ_OK)
        err = read_pretrain_state(s, w, steps);
    aq_weights_unref(&w);
    return err;
}
