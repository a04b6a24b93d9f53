/* SPDX-License-Identifier: MIT */
/* Options that several commands have. */
#include "pipeline/commands/command.h"

const AqOptionRow aq_rows_store[] = {
    {.name = "store",
     .type = AQ_OPTION_TEXT,
     .hint = AQ_HINT_FILE,
     .arg = "FILE",
     .at = offsetof(AqCommon, store),
     .help = "feature store",
     .otherwise = "AVQA_STORE, or the data folder's store.db"},
    {0}};

#define DATASET_ROW(text, default_text)                                                \
    {                                                                                  \
        .name = "dataset", .type = AQ_OPTION_TEXT, .arg = "NAME",                      \
        .at = offsetof(AqCommon, dataset), .help = (text), .otherwise = (default_text) \
    }

const AqOptionRow aq_rows_dataset_read[] = {
    DATASET_ROW("the data set of the store", "the default one, or the only other"),
    {0}};
const AqOptionRow aq_rows_dataset_fill[] = {
    DATASET_ROW("data set they belong to; in each, a name means one video", "default"),
    {0}};
const AqOptionRow aq_rows_dataset_only[] = {DATASET_ROW("only of this data set", NULL),
                                            {0}};

const AqOptionRow aq_rows_model[] = {
    {.name = "model",
     .type = AQ_OPTION_TEXT,
     .hint = AQ_HINT_FILE,
     .arg = "FILE",
     .at = offsetof(AqCommon, model),
     .help = "trained model, or `default` for the one that comes with the program",
     .otherwise = "AVQA_MODEL, or the data folder's model.safetensors"},
    {0}};

const AqOptionRow aq_rows_precision[] = {
    {.name = "precision",
     .type = AQ_OPTION_TEXT,
     .arg = "f32|bf16",
     .at = offsetof(AqCommon, tools.precision),
     .help = "of the networks' products; bf16 needs a processor that has it",
     .otherwise = "f32"},
    {0}};

const AqOptionRow aq_rows_tools[] = {
    {.name = "audio",
     .type = AQ_OPTION_TEXT,
     .hint = AQ_HINT_FILE,
     .arg = "NAME",
     .at = offsetof(AqCommon, tools.name[AQ_AUDIO]),
     .help = "audio network, or a weight file",
     .otherwise = "vggish_nano"},
    {.name = "audio-weights",
     .type = AQ_OPTION_TEXT,
     .hint = AQ_HINT_FILE,
     .arg = "FILE",
     .at = offsetof(AqCommon, tools.weights[AQ_AUDIO]),
     .help = "its weights: a file, an imported name, or seeded:N for random ones"},
    {.name = "audio-options",
     .type = AQ_OPTION_TEXT,
     .arg = "K=V,...",
     .at = offsetof(AqCommon, tools.options[AQ_AUDIO]),
     .help = "its switches: relu=on|off, pca=off|on|FILE"},
    {.name = "visual",
     .type = AQ_OPTION_TEXT,
     .hint = AQ_HINT_FILE,
     .arg = "NAME",
     .at = offsetof(AqCommon, tools.name[AQ_VISUAL]),
     .help = "visual network, or a weight file",
     .otherwise = "swin_nano"},
    {.name = "visual-weights",
     .type = AQ_OPTION_TEXT,
     .hint = AQ_HINT_FILE,
     .arg = "FILE",
     .at = offsetof(AqCommon, tools.weights[AQ_VISUAL]),
     .help = "the same for the visual network"},
    {.name = "visual-options",
     .type = AQ_OPTION_TEXT,
     .arg = "K=V,...",
     .at = offsetof(AqCommon, tools.options[AQ_VISUAL]),
     .help = "how its pictures are prepared: fit=squash|crop, short=PIXELS, "
             "filter=bicubic|bilinear|bilinear_plain, mean=R/G/B, std=R/G/B"},
    AQ_ROWS(aq_rows_precision),
    {0}};

const AqOptionRow aq_rows_audio_track[] = {
    {.name = "audio-track",
     .type = AQ_OPTION_INT,
     .at = offsetof(AqCommon, tools.audio_track),
     .least = 1,
     .most = 1000,
     .help = "the clip's N-th sound track, ffmpeg's 0:a:(N-1)",
     .otherwise = "the first marked default, else the first"},
    {0}};

const AqOptionRow aq_rows_jobs[] = {{.name = "jobs",
                                     .letter = 'j',
                                     .type = AQ_OPTION_INT,
                                     .at = offsetof(AqCommon, jobs),
                                     .least = 1,
                                     .most = 256,
                                     .help = "worker threads",
                                     .otherwise = "every core"},
                                    {0}};

static const AqOptionRow json_row[] = {{.name = "json",
                                        .type = AQ_OPTION_FLAG,
                                        .at = offsetof(AqCommon, json),
                                        .help = "results as JSON"},
                                       {0}};

const AqOptionRow aq_rows_output_text[] = {
    AQ_GROUP("Output"),
    {.name = "quiet",
     .letter = 'q',
     .type = AQ_OPTION_FLAG,
     .at = offsetof(AqCommon, quiet),
     .help = "no progress, warnings and errors only"},
    {.name = "verbose",
     .letter = 'v',
     .type = AQ_OPTION_FLAG,
     .at = offsetof(AqCommon, verbose),
     .help = "more messages"},
    {.name = "help", .letter = 'h', .type = AQ_OPTION_HELP, .help = "this text"},
    {0}};

const AqOptionRow aq_rows_output[] = {
    AQ_GROUP("Output"), AQ_ROWS(json_row), AQ_ROWS(aq_rows_output_text), {0}};
