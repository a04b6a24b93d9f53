/* A file of a small CLIP's vision transformer, with OpenAI's names: one head, two
 * blocks, 2x2 patches of 2x2 pixels, projected to 3. */
#ifndef AQ_TESTS_SMALL_CLIP_H
#define AQ_TESTS_SMALL_CLIP_H

enum { SMALL_CLIP_WIDTH = 64, SMALL_CLIP_JOINT = 3, SMALL_CLIP_GRID = 2 };

void aq_small_clip_write(const char *path);

#endif
