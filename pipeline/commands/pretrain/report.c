/* SPDX-License-Identifier: MIT */
/* What is said of a pretraining while it runs, and what the store keeps of it. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "pipeline/commands/command.h"
#include "pipeline/commands/pretrain/pretrain_priv.h"
#include "pipeline/ui/config.h"
#include "pipeline/ui/progress.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

static double elapsed_pretrain_seconds(const AqPretrainReport *r)
{
    return (double)(aq_clock_us() - r->from_us) / 1e6;
}

void aq_pretrain_begin_run(AqPretrainReport *r, const char *store, json_t *settings)
{
    char *path = NULL;

    r->curve = json_array();
    r->from_us = aq_clock_us();
    if (aq_config_store(store, &path) == AQ_OK) {
        aq_run_note_begin_at(&r->note, path, AQ_STORE_CREATE, settings);
    } else {
        json_decref(settings);
        aq_log(AQ_LOG_INFO, "this run is not kept: %s", aq_err_text());
    }
    aq_free(path);
}

AqErr aq_pretrain_finish_run(AqPretrainReport *r, AqErr how, const char *out)
{
    const AqPretrainProgress *p = &r->last;
    json_t *o =
        aq_json_pack("{s:i, s:i, s:f, s:f, s:f, s:f, s:f, s:O}", "epochs", p->epoch,
                     "steps", (int)p->step, "seconds", elapsed_pretrain_seconds(r),
                     "loss", p->loss, "val_loss", p->val_loss, "val_accuracy",
                     p->val_accuracy, "val_floor", p->val_floor, "curve", r->curve);

    how = aq_run_note_finish(&r->note, how, o, out);
    json_decref(o);
    json_decref(r->curve);
    aq_run_note_clear(&r->note);
    return how;
}

static void log_pretrain_epoch(const AqPretrainReport *r, const AqPretrainProgress *p)
{
    char looked[128] = "no validation", lap[128];

    if (isfinite(p->val_accuracy))
        (void)snprintf(looked, sizeof looked,
                       "validation loss %.4f, %.2f %% of targets (%.2f %% without "
                       "looking)",
                       p->val_loss, 100 * p->val_accuracy, 100 * p->val_floor);
    aq_log(AQ_LOG_INFO, "epoch %d of %d: loss %.4f; %s; %s", p->epoch, r->how->epochs,
           p->loss, looked, aq_progress_lap("step", "epoch", lap));
}

static void keep_pretrain_epoch(AqPretrainReport *r, const AqPretrainProgress *p)
{
    json_t *e = aq_json_pack(
        "{s:i, s:i, s:f, s:f, s:f, s:f, s:f}", "epoch", p->epoch, "step", (int)p->step,
        "seconds", elapsed_pretrain_seconds(r), "loss", p->loss, "val_loss",
        p->val_loss, "val_accuracy", p->val_accuracy, "val_floor", p->val_floor);

    (void)json_array_append(r->curve, e);
    if (r->json)
        aq_command_print_json(json_incref(e));
    json_decref(e);
    (void)fflush(stdout);
}

void aq_pretrain_on_progress(void *ctx, const AqPretrainProgress *p)
{
    AqPretrainReport *r = ctx;

    if (!r->expected)
        aq_progress_expect(p->steps, p->step - 1, 0);
    r->expected = 1;
    r->last = *p;
    aq_progress_set(p->step, "epoch %d/%d  loss %.4f", p->epoch, r->how->epochs,
                    p->loss);
    if (p->epoch_done) {
        log_pretrain_epoch(r, p);
        keep_pretrain_epoch(r, p);
    }
}
