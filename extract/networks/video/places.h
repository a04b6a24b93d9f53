/*
 * Learned position embeddings of a clip's patches, at another number of pictures and
 * another grid than they were learned for.
 */
#ifndef AQ_EXTRACT_NETWORKS_VIDEO_PLACES_H
#define AQ_EXTRACT_NETWORKS_VIDEO_PLACES_H
#include "base/err.h"
#include "model/tensor/real.h"

/* T pictures of g x g patches. */
typedef struct AqPlaces {
    int T, g;
} AqPlaces;

/*
 * to (1 + T g g, D) from (1 + T0 g0 g0, D): the first row, the class token's, as it is;
 * the others linearly over time and bicubically (a = -0.75) over the grid, without
 * antialiasing and with corners not aligned, as in InternVideo2's pos_embed.py and
 * torch.nn.functional.interpolate. AQ_ERR_NOMEM.
 */
AQ_MUST_CHECK AqErr aq_places_resize(AqReal *to, AqPlaces at, const float *from,
                                     AqPlaces from_at, int D);

#endif
