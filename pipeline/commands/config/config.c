/* SPDX-License-Identifier: MIT */
/* avqa-pipe config: the table of its verbs, and the smaller of them. */
#include "base/alloc.h"
#include "base/text/text.h"
#include "pipeline/commands/config/config_priv.h"
#include "pipeline/config/settings.h"

#include <stdio.h>

typedef struct ConfigPathArgs {
    AqCommon c;
} ConfigPathArgs;

static int run_config_path(const AqCommand *self, void *args)
{
    char *path = NULL;
    const AqErr err = aq_settings_user_path(&path);

    (void)self;
    (void)args;
    if (err == AQ_OK)
        (void)printf("%s\n", aq_text_shown(path));
    aq_free(path);
    return aq_command_status(err);
}

static const AqOption path_options[] = {AQ_ROWS(aq_rows_output_text), {0}};

static const AqTerm path_examples[] = {{"avqa-pipe config path", "Where to put it."},
                                       {0}};

const AqCommand aq_config_path_command = {
    .name = "config path",
    .summary = "where the configuration file is looked for",
    .usage = "",
    .about = "Prints the path of avqa.ini, whether it is there or not.",
    .examples = path_examples,
    .options = path_options,
    .args_bytes = AQ_ARGS_BYTES(ConfigPathArgs, c),
    .run = run_config_path};

static const AqCommand *const verbs[] = {&aq_config_show_command,
                                         &aq_config_path_command, NULL};

const AqCommand aq_command_config = {
    .name = "config",
    .summary = "options that a file sets: show",
    .usage = "VERB [OPTIONS]",
    .about = "Options may stand in avqa.ini of the configuration folder "
             "($XDG_CONFIG_HOME/avqa-pipe, or ~/.config/avqa-pipe), and in a file "
             "that --config names:\n\n"
             "  jobs = 2\n"
             "  [train]\n"
             "  dim = 512\n"
             "  cosine = on\n\n"
             "What stands above the sections holds for every command that has such an "
             "option. The command line goes before the environment, the environment "
             "before --config, and that before avqa.ini.",
    .verbs = verbs};
