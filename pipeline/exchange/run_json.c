/* SPDX-License-Identifier: MIT */
#include "pipeline/exchange/run_json.h"

#include "base/process.h"
#include "base/text/json.h"

#include <jansson.h>
#include <string.h>

/* Is it under way by what the store says, and gone by what this machine says? Another
 * machine's cannot be asked; one of this machine before its last start is gone. */
static int has_died(const AqRun *r, const json_t *about)
{
    const char *process = aq_json_member_text(about, "process");
    char host[AQ_HOST_NAME];

    if (r->status != AQ_RUN_RUNNING || !*process)
        return 0;
    aq_process_host(host);
    return aq_process_state(process) == AQ_PROCESS_GONE ||
           (aq_process_is_of_another_boot(process) && *host &&
            strcmp(host, aq_json_member_text(about, "host")) == 0);
}

json_t *aq_run_json(const AqRun *r)
{
    json_t *config = json_loads(r->config, 0, NULL),
           *metrics = json_loads(r->metrics, 0, NULL);
    json_t *about = json_incref(json_object_get(config, "about"));
    (void)json_object_del(config, "about");
    return aq_json_pack("{s:I, s:s, s:s, s:I, s:I, s:s, s:s, s:o, s:o, s:o}", "id",
                        (json_int_t)r->id, "kind", r->kind, "status",
                        has_died(r, about) ? "died" : aq_run_status_name(r->status),
                        "started", (json_int_t)r->started_s, "finished",
                        (json_int_t)r->finished_s, "program", r->program, "model",
                        r->model_path, "about", about ? about : json_object(), "config",
                        config ? config : json_object(), "metrics",
                        metrics ? metrics : json_object());
}
