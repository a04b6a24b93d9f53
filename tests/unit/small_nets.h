/* Files of small networks, of random values. */
#ifndef AQ_TESTS_SMALL_NETS_H
#define AQ_TESTS_SMALL_NETS_H

/* CLIP's vision transformer with OpenAI's names: one head, two blocks, 2x2 patches of
 * 2x2 pixels, 64 channels projected to 3. */
void aq_small_clip_write(const char *path);

/* A ResNet of basic blocks, one a stage: of two channels with torchvision's batch norms
 * or, as this program writes it, with biases; or of 1 to 4 channels, dlib's variant as
 * this program writes it; or that with ImageNet's 1,000 classes, which sight needs. */
typedef enum AqSmallResnet {
    AQ_SMALL_NORMED,
    AQ_SMALL_FOLDED,
    AQ_SMALL_POOLED,
    AQ_SMALL_SIGHT
} AqSmallResnet;
void aq_small_resnet_write(const char *path, AqSmallResnet kind);

/* An InternVideo2 as it is published, but of two heads, two blocks, 2x2 patches of 2x2
 * pixels in 4 pictures, 128 channels pooled to 3. */
void aq_small_internvideo2_write(const char *path);

/* ResNeXt over clips by 3D-ResNets-PyTorch's names, of two groups of two channels and
 * one block a stage, and R(2+1)D by torchvision's, of four channels: with batch norms,
 * or if `folded` with biases, as this program writes them. */
void aq_small_resnext3d_write(const char *path, int folded);
void aq_small_r2plus1d_write(const char *path, int folded);

#endif
