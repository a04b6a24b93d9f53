/* A scene's files: its sound, and what is seen as the program's features. */
#ifndef AQ_SCENES_FILES_H
#define AQ_SCENES_FILES_H
#include "base/modality.h"
#include "examples/real-model/scenes/render.h"
#include "examples/real-model/scenes/seen.h"

/* 16 bits, AQ_PHRASES_RATE. */
AQ_MUST_CHECK AqErr aq_scene_write_sound(const char *path, const float *x);

/* `path` as NumPy's of (T,1,cells,columns) float32, and beside it path.json: `about`,
 * which `store export` wrote beside features of sight, with these values' digest. So
 * `store import` takes them for features of that make. */
AQ_MUST_CHECK AqErr aq_scene_write_seen(const char *path, const AqSeen seen,
                                        const json_t *about);

/* The same for sound that is missing: rows of no second, as wide as `about` has
 * columns.
 */
AQ_MUST_CHECK AqErr aq_scene_write_unheard(const char *path, const json_t *about);

/* Reads such an `about` of features of that stream. Gives; json_decref(). AQ_ERR_FORMAT
 * if it is of something else. */
AQ_MUST_CHECK AqErr aq_scene_read_about(json_t **out, AqModality m, const char *path);

#endif
