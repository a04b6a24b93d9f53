/* Networks of single pictures. */
#ifndef AQ_EXTRACT_NETWORKS_IMAGE_IMAGE_H
#define AQ_EXTRACT_NETWORKS_IMAGE_IMAGE_H
#include "extract/networks/parts/network.h"

extern const AqNetworkDef aq_network_clip_vit;
extern const AqNetworkDef aq_network_resnet;
extern const AqNetworkDef aq_network_sight;
extern const AqNetworkDef aq_network_swin;

#endif
