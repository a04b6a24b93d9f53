/* SPDX-License-Identifier: MIT */
/* What is said of a training while it runs and after it. */
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/train/train_priv.h"
#include "pipeline/ui/progress.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

/* The loss and its parts, each under the part's name. */
static void put_losses(json_t *o, const AqAnswerNetwork *network,
                       const AqTrainLosses *l)
{
    (void)json_object_set_new(o, "loss", aq_json_number(l->total));
    for (int k = 0; k < network->n_losses; k++)
        (void)json_object_set_new(o, network->losses[k].name,
                                  aq_json_number(l->part[k]));
}

static void keep_train_epoch(AqTrainCommand *j, const AqTrainProgress *p)
{
    json_t *o = aq_json_pack("{s:i, s:i, s:f, s:f}", "epoch", p->epoch, "step",
                             (int)p->step, "seconds", p->seconds, "lr", p->lr);

    put_losses(o, j->a->network, &p->losses);
    (void)json_object_update_new(
        o, aq_json_pack("{s:f, s:o, s:o, s:o}", "train_accuracy", p->train_accuracy,
                        "val_accuracy", aq_json_number(p->val_accuracy), "val_loss",
                        aq_json_number(p->val_loss), "val_floor",
                        aq_json_number(p->val_floor)));
    (void)json_array_append_new(j->curve, o);
    json_t *so_far =
        json_pack("{s:O, s:I, s:f}", "curve", j->curve, "steps_total",
                  (json_int_t)p->steps, "max_seconds", 60 * j->a->how.max_minutes);
    aq_run_note_progress(&j->note, so_far);
    json_decref(so_far);
}

/* At the first step of this process. */
static void expect_train_steps(const AqTrainCommand *j, const AqTrainProgress *p)
{
    const double most = 60 * j->a->how.max_minutes;

    aq_progress_expect(p->steps, p->step - 1,
                       most > 0 ? fmax(most - p->seconds, 1) : 0);
}

/* "loss 1.234", and its parts behind it where it has more than one: "(qa 1.1, avm
 * 0.3)"; those that are switched off are left out. */
static const char *losses_text(const AqAnswerNetwork *network, const AqTrainLosses *l,
                               char *text, size_t bytes)
{
    size_t at = (size_t)snprintf(text, bytes, "loss %.3f", l->total);
    const char *before = " (";

    for (int k = 0; network->n_losses > 1 && k < network->n_losses && at < bytes; k++) {
        if (l->part[k] <= 0 && l->part[k] >= 0)
            continue;
        at += (size_t)snprintf(text + at, bytes - at, "%s%s %.3f", before,
                               network->losses[k].name, l->part[k]);
        before = ", ";
    }
    if (before[0] == ',' && at < bytes)
        (void)snprintf(text + at, bytes - at, ")");
    return text;
}

/* ", mean squared error 1.234" of counts; else "". */
static const char *error_text(const AqTrainCommand *j, double loss, char text[48])
{
    text[0] = 0;
    if (j->task == AQ_TASK_COUNT)
        (void)snprintf(text, 48, ", mean squared error %.3f", loss);
    return text;
}

static void log_train_epoch(const AqTrainCommand *j, const AqTrainProgress *p)
{
    char looked[128] = "no validation", lap[128], losses[192], error[48];

    if (isfinite(p->val_accuracy))
        (void)snprintf(looked, sizeof looked,
                       "on validation %.1f %% (blind %.1f %%)%s%s",
                       100 * p->val_accuracy, 100 * p->val_floor,
                       error_text(j, p->val_loss, error), p->is_best ? ", best" : "");
    aq_log(AQ_LOG_INFO, "epoch %d of %d: %s, right in training %.1f %%, %s; %s",
           p->epoch, p->epochs,
           losses_text(j->a->network, &p->losses, losses, sizeof losses),
           100 * p->train_accuracy, looked, aq_progress_lap("step", "epoch", lap));
}

void aq_train_on_progress(void *ctx, const AqTrainProgress *p)
{
    AqTrainCommand *j = ctx;

    if (!j->expected)
        expect_train_steps(j, p);
    j->expected = 1;
    aq_progress_set(p->step, "epoch %d/%d  loss %.3f", p->epoch, p->epochs,
                    p->losses.total);
    if (p->epoch_done) {
        keep_train_epoch(j, p);
        log_train_epoch(j, p);
    }
}

json_t *aq_train_outcome(const AqTrainCommand *j, const AqTrainSummary *s)
{
    json_t *o = aq_json_pack("{s:s, s:i, s:i, s:i, s:f, s:f, s:f, s:b, s:b}", "model",
                             j->out, "epochs", s->epochs, "steps", (int)s->steps,
                             "best_epoch", s->best_epoch, "seconds", s->seconds,
                             "waited", s->waited, "loss", s->losses.total, "stopped",
                             s->stopped, "out_of_time", s->out_of_time);
    const int looked = s->best_epoch > 0;
    (void)json_object_set_new(o, "val_accuracy",
                              looked ? aq_json_number(s->best_accuracy) : json_null());
    (void)json_object_set_new(o, "val_floor",
                              looked ? aq_json_number(s->val_floor) : json_null());
    if (j->task == AQ_TASK_COUNT)
        (void)json_object_set_new(o, "val_squared_error",
                                  looked ? aq_json_number(s->best_loss) : json_null());
    return o;
}

void aq_train_report(const AqTrainCommand *j, const AqTrainSummary *s, const AqModel *m)
{
    char error[48];

    if (j->a->c.json) {
        json_t *o = aq_train_outcome(j, s);

        aq_command_print_json(o);
        return;
    }
    (void)printf("%s: %zu parameters, %d epochs, %ld steps in %.0f s",
                 aq_text_shown(j->out), aq_model_count(m), s->epochs, s->steps,
                 s->seconds);
    if (s->best_epoch > 0)
        (void)printf("; validation %.1f %% in epoch %d (blind %.1f %%)%s",
                     100 * s->best_accuracy, s->best_epoch, 100 * s->val_floor,
                     error_text(j, s->best_loss, error));
    (void)putchar('\n');
}
