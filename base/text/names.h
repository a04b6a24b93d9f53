/*
 * What a clip is called. Its name is the stem of its file's name, in Unicode's composed
 * form (NFC): macOS spells the same name decomposed.
 */
#ifndef AQ_BASE_TEXT_NAMES_H
#define AQ_BASE_TEXT_NAMES_H
#include <stddef.h>

/* Has the ending of a video or sound file, in letters of either case? */
int aq_name_is_media(const char *name);

/* `text` in NFC; what is no UTF-8 stays as it is. Gives; NULL when memory is out. */
char *aq_name_nfc(const char *text);

/* The name that a file gives a clip: no folder, no extension, NFC. Gives, as above. */
char *aq_name_of_file(const char *path);

/* What somebody wrote to mean a clip, without folders, in NFC: if no clip is called
 * just so, the next is tried. Gives, as above. */
char *aq_name_as_written(const char *text);
/* The same without the ending of a video or sound file, if it has one. */
char *aq_name_of_clip(const char *text);

/* The place among `names`, in strcmp() order, of what `text` means in either of these
 * ways; `n` if there is none. -1: memory is out. */
long aq_name_find(const char *const *names, size_t n, const char *text);

#endif
