/* The verbs of avqa-pipe config. */
#ifndef AQ_PIPELINE_COMMANDS_CONFIG_CONFIG_PRIV_H
#define AQ_PIPELINE_COMMANDS_CONFIG_CONFIG_PRIV_H
#include "pipeline/commands/command.h"

extern const AqCommand aq_config_path_command, aq_config_show_command;

#endif
