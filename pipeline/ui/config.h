/*
 * Where files are: a flag overrides the environment, which overrides the XDG folders.
 * Also the program's name and version.
 */
#ifndef AQ_PIPELINE_UI_CONFIG_H
#define AQ_PIPELINE_UI_CONFIG_H
#include "base/err.h"

#define AQ_PROGRAM "avqa-pipe " AQ_VERSION

/* `flag` if it is not NULL, else AVQA_STORE, else $XDG_DATA_HOME/avqa-pipe/store.db.
 * Gives; aq_free(). */
AQ_MUST_CHECK AqErr aq_config_store(const char *flag, char **out);

/* The same for AVQA_MODEL and model.safetensors. */
AQ_MUST_CHECK AqErr aq_config_model(const char *flag, char **out);

/* The model to ask: as above, but one that comes with the program (*is_default 1) if
 * its name is given (`real`, `toyband`, or `default`: the first of these) and no file
 * has it, or if neither flag nor AVQA_MODEL is set and the data folder has no model.
 * The message of AQ_ERR_NOT_FOUND says how to get one. Gives. */
AQ_MUST_CHECK AqErr aq_config_model_to_ask(const char *flag, char **out,
                                           int *is_default);

/* A weight file: `text` itself if it is a path to one, else the imported weights of
 * that name, else those that come with the program. The message of AQ_ERR_NOT_FOUND
 * says how to get them. Gives. */
AQ_MUST_CHECK AqErr aq_config_weights_file(const char *text, char **out);

/* An extractor's weights: `flag` ("seeded:N", or as above) if not NULL, else the
 * weights named after the extractor. Gives. */
AQ_MUST_CHECK AqErr aq_config_weights(const char *extractor, const char *flag,
                                      char **out);

/* A file that comes with the program or the library, found from where that lies
 * (base/fs/own.h): share/avqa-pipe/<leaf> if installed, extract/<leaf> or model/<leaf>
 * in a build folder. NULL if there is none. Gives. */
char *aq_config_shared(const char *leaf);

/* `flag` if over 0, else the number of cores. */
int aq_config_jobs(int flag);

#endif
