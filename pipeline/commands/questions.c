/* SPDX-License-Identifier: MIT */
#include "pipeline/commands/questions.h"

#include "base/alloc.h"
#include "base/text/log.h"
#include "pipeline/inputs/dataset_content.h"
#include "pipeline/inputs/task.h"

int aq_say_gaps(const char *what, const AqDatasetGaps *gaps)
{
    if (gaps->n_videos)
        aq_log(
            AQ_LOG_WARN,
            "%s: %zu questions about %zu videos (%s%s) are left out: the store has no "
            "features of these; run `avqa-pipe ingest` on them",
            what, gaps->n_questions, gaps->n_videos, gaps->missing[0],
            gaps->n_videos > 1 ? " and others" : "");
    char *how = gaps->lacks ? aq_feature_command(gaps->lacks) : NULL;
    if (how)
        aq_log(AQ_LOG_WARN,
               "%s: %s is among them: the store has other features of it, but no %s "
               "features by %s; make them with `%s`",
               what, gaps->lacking, aq_modality_name((AqModality)gaps->lacks->kind),
               gaps->lacks->extractor, how);
    aq_free(how);
    if (gaps->twins[0])
        aq_log(AQ_LOG_WARN,
               "%s: %s and %s are taken for one clip, as folders do not count: if they "
               "are two, give the files names of their own",
               what, gaps->twins[0], gaps->twins[1]);
    if (gaps->n_records)
        aq_log(AQ_LOG_WARN, "%s: %zu malformed records are left out", what,
               gaps->n_records);
    return gaps->n_videos || gaps->n_records;
}

AqErr aq_questions_open(AqQuestionSet *q, AqStore *s, const AqFeatureChoice *choice,
                        const AqTextList *files, const char *split, AqTask task,
                        const char *what)
{
    AqDatasetGaps gaps;
    size_t n_differ = 0, n_other = 0;
    AqErr err = aq_read_annotations(&q->list, files->v, files->n, split);

    if (err == AQ_OK)
        err = aq_task_keep(q->list, task, what, &n_other);
    if (err == AQ_OK)
        err = aq_store_dataset_new(&q->data, s, choice, q->list, 0, 1, &gaps);
    if (err != AQ_OK)
        return err;
    aq_store_dataset_answer(q->data, task);
    q->gaps = aq_say_gaps(what, &gaps) || n_other > 0;
    return aq_dataset_check_content(q->data, what, &n_differ);
}

void aq_questions_close(AqQuestionSet *q)
{
    aq_store_dataset_free(&q->data);
    aq_annotations_free(&q->list);
}
