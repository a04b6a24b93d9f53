/* SPDX-License-Identifier: MIT */
/* What the store has of the clip that is asked about, in whichever data set. */
#include "base/alloc.h"
#include "base/digest.h"
#include "pipeline/asking/clip.h"

#include <stdio.h>
#include <string.h>

typedef struct Stored {
    const AqAskedClipPlan *plan;
    char name[AQ_STORE_MAX_NAME + 1], dataset[AQ_STORE_MAX_NAME + 1];
} Stored;

static AqErr has_features(const AqAskedClipPlan *p, const char *name, int *has)
{
    AqErr err = AQ_OK;

    *has = 1;
    for (int k = 0; err == AQ_OK && *has && k < p->tools->n; k++)
        err = aq_store_has_features(p->store, name, &p->tools->provenance[k], has);
    return err;
}

/* AQ_EOF at the first that has what the model takes. */
static AqErr find_usable_video(void *arg, const AqStoreVideo *v)
{
    Stored *s = arg;
    int has = 0;
    AqErr err = aq_store_use_dataset(s->plan->store, v->dataset);

    if (err == AQ_OK && v->status == AQ_VIDEO_OK)
        err = has_features(s->plan, v->name, &has);
    if (err != AQ_OK || !has)
        return err;
    memcpy(s->name, v->name, strlen(v->name) + 1);
    memcpy(s->dataset, v->dataset, strlen(v->dataset) + 1);
    return AQ_EOF;
}

static AqErr find_asked_digest(const AqAskedClipPlan *plan, const char *path,
                               char hex[AQ_SHA256_HEX])
{
    int64_t bytes, mtime_ns;
    AqErr err = aq_scan_stat(path, &bytes, &mtime_ns);

    if (err != AQ_OK)
        return err;
    if (plan->sha256) {
        (void)snprintf(hex, AQ_SHA256_HEX, "%s", plan->sha256);
        return AQ_OK;
    }
    err = aq_store_digest_of_file(plan->store, path, bytes, mtime_ns, hex);
    return err == AQ_ERR_NOT_FOUND ? aq_sha256_file(path, hex) : err;
}

AqErr aq_asked_clip_stored(AqAskedClip *c, const AqAskedClipPlan *plan, int *found)
{
    AqScanItem *item = &c->scan.v[0];
    Stored s = {.plan = plan};
    char hex[AQ_SHA256_HEX];
    AqErr err = find_asked_digest(plan, item->path, hex);

    *found = 0;
    if (err == AQ_OK)
        err = aq_store_each_video_of_content(plan->store, hex, find_usable_video, &s);
    if (err != AQ_EOF)
        return err == AQ_OK ? aq_store_use_dataset(plan->store, AQ_DATASET_ASKED) : err;
    char *name = aq_strdup(s.name);
    if (!name)
        return AQ_ERR_NOMEM;
    aq_free(item->name);
    item->name = name;
    *found = 1;
    return aq_store_use_dataset(plan->store, s.dataset);
}
