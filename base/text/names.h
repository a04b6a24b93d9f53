/*
 * Names of clips. A clip's name is the stem of its file name, in Unicode's composed
 * form (NFC), because macOS stores file names decomposed.
 */
#ifndef AQ_BASE_TEXT_NAMES_H
#define AQ_BASE_TEXT_NAMES_H
#include <stddef.h>

/* Has the extension of a video or sound file, in upper or lower case? */
int aq_name_is_media(const char *name);

/* `text` in NFC; text that is not valid UTF-8 stays as it is. Gives; NULL when out of
 * memory. */
char *aq_name_nfc(const char *text);

/* The clip name for a file: no folder, no extension, NFC. Gives, as above. */
char *aq_name_of_file(const char *path);

/* A clip's name as a user wrote it, without folders, in NFC; if no clip is called that,
 * try the next function. Gives, as above. */
char *aq_name_as_written(const char *text);
/* The same without the extension of a video or sound file, if it has one. */
char *aq_name_of_clip(const char *text);

/* The index in `names`, which are in strcmp() order, of the clip that `text` means in
 * either of these ways; `n` if there is none, -1 when out of memory. */
long aq_name_find(const char *const *names, size_t n, const char *text);
/* The same, of `also` if there is none called `text`; "": it has no other name. */
long aq_name_find_either(const char *const *names, size_t n, const char *text,
                         const char *also);

#endif
