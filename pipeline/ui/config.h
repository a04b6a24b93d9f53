/*
 * Where files are: flags before environment before the XDG folders. And the program's
 * name and version.
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

/* What to ask: as above, but where neither a flag nor AVQA_MODEL names one and the data
 * folder has none, or `default` is named, the model that comes with the program
 * (*is_default 1).
 * AQ_ERR_NOT_FOUND says how to get one. Gives. */
AQ_MUST_CHECK AqErr aq_config_model_to_ask(const char *flag, char **out,
                                           int *is_default);

/* A weight file: `text` itself where it is a path to one, else the imported weights of
 * that name, else those that come with the program. AQ_ERR_NOT_FOUND says how to get
 * them. Gives. */
AQ_MUST_CHECK AqErr aq_config_weights_file(const char *text, char **out);

/* Weights of an extractor: `flag` ("seeded:N", or as above) if it is not NULL, else
 * those of the extractor's name. Gives. */
AQ_MUST_CHECK AqErr aq_config_weights(const char *extractor, const char *flag,
                                      char **out);

/* A file that comes with the program, from the folder that the program is in:
 * ../share/avqa-pipe/<leaf> where it is installed, ../extract/<leaf> or ../model/<leaf>
 * in a build folder.
 * NULL where it is not there. Gives. */
char *aq_config_shared(const char *leaf);

/* `flag` if over 0, else the processor's cores. */
int aq_config_jobs(int flag);

#endif
