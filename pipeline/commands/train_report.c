/* SPDX-License-Identifier: MIT */
/* What is said of a training while it runs and after it, and what the store keeps. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "pipeline/commands/train_priv.h"
#include "pipeline/config.h"
#include "pipeline/progress.h"
#include "store/runs.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

/* Numbers that are not there (no validation) are null. */
static json_t *number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static void keep_epoch(AqTrainCommand *j, const AqTrainProgress *p)
{
    (void)json_array_append_new(
        j->curve,
        json_pack("{s:i, s:i, s:f, s:f, s:o, s:o, s:f, s:o, s:o, s:o}", "epoch",
                  p->epoch, "step", (int)p->step, "seconds", p->seconds, "lr", p->lr,
                  "loss", number(p->losses.total), "qa", number(p->losses.qa),
                  "train_accuracy", p->train_accuracy, "val_accuracy",
                  number(p->val_accuracy), "val_loss", number(p->val_loss), "val_floor",
                  number(p->val_floor)));
}

void aq_train_on_progress(void *ctx, const AqTrainProgress *p)
{
    if (p->epoch_done)
        keep_epoch(ctx, p);
    if (p->epoch_done)
        aq_log(AQ_LOG_INFO,
               "epoch %d: loss %.3f (answers %.3f), right in training %.1f %%, on "
               "validation %.1f %% (blind %.1f %%)%s",
               p->epoch, p->losses.total, p->losses.qa, 100 * p->train_accuracy,
               100 * p->val_accuracy, 100 * p->val_floor, p->is_best ? ", best" : "");
    aq_progress_set(p->step, "epoch %d/%d  loss %.3f", p->epoch, p->epochs,
                    p->losses.total);
}

static json_t *outcome(const AqTrainCommand *j, const AqTrainSummary *s)
{
    json_t *o = aq_json_pack("{s:s, s:i, s:i, s:i, s:f, s:f, s:f, s:b, s:b}", "model",
                             j->out, "epochs", s->epochs, "steps", (int)s->steps,
                             "best_epoch", s->best_epoch, "seconds", s->seconds,
                             "waited", s->waited, "loss", s->losses.total, "stopped",
                             s->stopped, "out_of_time", s->out_of_time);
    if (isfinite(s->best_accuracy) && s->best_epoch > 0) {
        (void)json_object_set_new(o, "val_accuracy", json_real(s->best_accuracy));
        (void)json_object_set_new(o, "val_floor", json_real(s->val_floor));
    }
    return o;
}

void aq_train_report(const AqTrainCommand *j, const AqTrainSummary *s,
                     const AqCoqoModel *m)
{
    if (j->a->c.json) {
        json_t *o = outcome(j, s);

        aq_command_print_json(o);
        return;
    }
    (void)printf("%s: %zu parameters, %d epochs, %ld steps in %.0f s",
                 aq_text_shown(j->out), aq_coqo_model_count(m), s->epochs, s->steps,
                 s->seconds);
    if (s->best_epoch > 0)
        (void)printf("; validation %.1f %% in epoch %d (blind %.1f %%)",
                     100 * s->best_accuracy, s->best_epoch, 100 * s->val_floor);
    (void)putchar('\n');
}

static AqErr settings(const AqTrainArgs *a, char **out)
{
    char *model = NULL, *how = NULL;
    AqErr err = aq_config_to_json(aq_coqo_options(), &a->model, &model);

    if (err == AQ_OK)
        err = aq_config_to_json(aq_train_options(), &a->how, &how);
    *out =
        err == AQ_OK ? aq_strf("{\"model\": %s, \"training\": %s}", model, how) : NULL;
    aq_free(model);
    aq_free(how);
    return err == AQ_OK && !*out ? AQ_ERR_NOMEM : err;
}

AqErr aq_train_finish_run(AqTrainCommand *j, AqErr err, const AqTrainSummary *s)
{
    json_t *o = outcome(j, s);
    (void)json_object_set(o, "curve", j->curve);
    char *text = aq_json_text(o, JSON_COMPACT);
    const AqErr rc = aq_store_finish_run(j->store, j->run,
                                         err != AQ_OK ? AQ_RUN_FAILED
                                         : s->stopped ? AQ_RUN_INTERRUPTED
                                                      : AQ_RUN_DONE,
                                         text, j->out);
    aq_free(text);
    json_decref(o);
    return rc;
}

AqErr aq_train_begin_run(AqTrainCommand *j)
{
    char *config = NULL;
    AqErr err = settings(j->a, &config);

    if (err == AQ_OK && aq_group_leads(j->group))
        err = aq_store_begin_run(j->store, "train", AQ_PROGRAM, config, &j->run);
    aq_free(config);
    return aq_group_agree(j->group, err);
}
