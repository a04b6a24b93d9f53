/* SPDX-License-Identifier: MIT */
/* Options that several commands have. */
#include "pipeline/commands/command.h"

#include "extract/networks/extractor.h"

const AqOption aq_rows_store[] = {
    AQ_ROW_FILE("store", AqCommon, store, "FILE", "feature store",
                "AVQA_STORE, or the data folder's store.db"),
    {0}};

const AqOption aq_rows_dataset_read[] = {
    AQ_ROW_TEXT("dataset", AqCommon, dataset, "NAME", "the data set of the store",
                "the default one, or the only other"),
    {0}};

const AqOption aq_rows_hide[] = {
    AQ_ROW_REAL("hide-seconds", AqCommon, hide_seconds, 0, 0.95,
                "share of each clip's seconds taken for missing, the same each time, "
                "of sound and picture each by itself",
                "0"),
    {0}};

const AqOption aq_rows_dataset_fill[] = {
    AQ_ROW_TEXT("dataset", AqCommon, dataset, "NAME",
                "data set they belong to; in each, a name means one video", "default"),
    {0}};

const AqOption aq_rows_dataset_only[] = {
    AQ_ROW_TEXT("dataset", AqCommon, dataset, "NAME", "only of this data set", "all"),
    {0}};

const AqOption aq_rows_model[] = {
    AQ_ROW_FILE(
        "model", AqCommon, model, "FILE",
        "trained model, or the name of one that comes with the program: real, toyband",
        "AVQA_MODEL, or the data folder's model.safetensors"),
    {0}};

const AqOption aq_rows_question[] = {
    AQ_ROW_FILE(
        "question-weights", AqCommon, question.weights, "FILE",
        "weights of CLIP's that read the questions of a model trained with them, "
        "if not in the data folder",
        NULL),
    AQ_ROW_FILE("question-vocabulary", AqCommon, question.vocabulary, "FILE",
                "their tokenizer's vocabulary, if it is not beside them", NULL),
    {0}};

const AqOption aq_rows_precision[] = {
    AQ_ROW_TEXT("precision", AqCommon, tools.precision, "f32|bf16",
                "of the networks' products; bf16 is an error if this machine does not "
                "support it",
                "f32"),
    {0}};

static const char *list_audio_networks(size_t k)
{
    return aq_extractor_name(AQ_AUDIO, k);
}

static const char *list_visual_networks(size_t k)
{
    return aq_extractor_name(AQ_VISUAL, k);
}

static const char *list_audio_switches(size_t k)
{
    return aq_extractor_switches(AQ_AUDIO, k);
}

static const char *list_visual_switches(size_t k)
{
    return aq_extractor_switches(AQ_VISUAL, k);
}

const AqOption aq_rows_tools[] = {
    AQ_ROW_LISTED("audio", AqCommon, tools.name[AQ_AUDIO], "NAME", AQ_HINT_FILE,
                  list_audio_networks, "audio network, or a weight file",
                  "vggish_nano"),
    AQ_ROW_FILE("audio-weights", AqCommon, tools.weights[AQ_AUDIO], "FILE",
                "its weights: a file, an imported name, or seeded:N for random ones",
                NULL),
    AQ_ROW_LISTED("audio-options", AqCommon, tools.options[AQ_AUDIO], "K=V,...",
                  AQ_HINT_NONE, list_audio_switches, "its switches", NULL),
    AQ_ROW_LISTED("visual", AqCommon, tools.name[AQ_VISUAL], "NAME", AQ_HINT_FILE,
                  list_visual_networks, "visual network, or a weight file",
                  "swin_nano"),
    AQ_ROW_FILE("visual-weights", AqCommon, tools.weights[AQ_VISUAL], "FILE",
                "the same for the visual network", NULL),
    AQ_ROW_LISTED("visual-options", AqCommon, tools.options[AQ_VISUAL], "K=V,...",
                  AQ_HINT_NONE, list_visual_switches, "how its pictures are prepared",
                  NULL),
    AQ_ROWS(aq_rows_precision),
    {0}};

const AqOption aq_rows_audio_track[] = {
    AQ_ROW_INT("audio-track", AqCommon, tools.audio_track, 1, 1000,
               "the clip's N-th sound track, ffmpeg's 0:a:(N-1)",
               "the first marked default, else the first"),
    {0}};

const AqOption aq_rows_jobs[] = {AQ_ROW("jobs", AQ_OPTION_INT, AqCommon, jobs,
                                        "worker threads", "every core", .letter = 'j',
                                        .least = 1, .most = 256),
                                 {0}};

static const AqOption json_row[] = {
    AQ_ROW_FLAG("json", AqCommon, json, "results as JSON"), {0}};

const AqOption aq_rows_output_text[] = {
    AQ_GROUP("Output"),
    AQ_ROW("quiet", AQ_OPTION_FLAG, AqCommon, quiet,
           "no progress, warnings and errors only", NULL, .letter = 'q'),
    AQ_ROW("verbose", AQ_OPTION_FLAG, AqCommon, verbose, "more messages", NULL,
           .letter = 'v'),
    AQ_ROW_FILE("config", AqCommon, config, "FILE",
                "options from a file, written as in avqa.ini", NULL),
    {.name = "help", .letter = 'h', .type = AQ_OPTION_HELP, .help = "show this help"},
    {0}};

const AqOption aq_rows_output[] = {
    AQ_GROUP("Output"), AQ_ROWS(json_row), AQ_ROWS(aq_rows_output_text), {0}};
