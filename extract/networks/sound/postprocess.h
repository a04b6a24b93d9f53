/*
 * VGGish's postprocessing (torchvggish's Postprocessor; vggish_postprocess.py of
 * tensorflow/models): x' = E (x - mu), clipped to -2 .. 2, then quantised to 0 .. 255.
 * Parameters are in vggish_pca_params.npz and vggish_pca_params-970ea276.pth.
 */
#ifndef AQ_EXTRACT_NETWORKS_SOUND_POSTPROCESS_H
#define AQ_EXTRACT_NETWORKS_SOUND_POSTPROCESS_H
#include "base/digest.h"
#include "base/err.h"
#include "model/tensor/real.h"
#include "model/weights/weights.h"

#define AQ_PCA_WIDTH 128

typedef struct AqPostprocess {
    float matrix[AQ_PCA_WIDTH * AQ_PCA_WIDTH]; /* E, one eigenvector per row */
    float means[AQ_PCA_WIDTH];
    char sha256[AQ_SHA256_HEX]; /* of the file */
} AqPostprocess;

/* Does the file hold these parameters (pca_eigen_vectors, pca_means) and nothing else?
 */
int aq_postprocess_is(const AqWeights *w);

/* Gives; aq_free(). AQ_ERR_MISMATCH if the arrays are not [128, 128] and [128]. */
AQ_MUST_CHECK AqErr aq_postprocess_read(AqPostprocess **out, const char *path);

/* x (n,128), in place. */
void aq_postprocess_run(const AqPostprocess *p, AqReal *x, int n);

#endif
