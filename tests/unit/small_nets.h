/* Files of small networks, of random values. */
#ifndef AQ_TESTS_SMALL_NETS_H
#define AQ_TESTS_SMALL_NETS_H

/* CLIP's vision transformer with OpenAI's names: one head, two blocks, 2x2 patches of
 * 2x2 pixels, 64 channels projected to 3. */
void aq_small_clip_write(const char *path);

/* A ResNet of two-channel basic blocks, one a stage: with torchvision's batch norms, or
 * if `folded` with biases, as this program writes it. */
void aq_small_resnet_write(const char *path, int folded);

#endif
