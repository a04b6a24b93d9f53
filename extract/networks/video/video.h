/* Networks of several pictures of a second, or of clips. */
#ifndef AQ_EXTRACT_NETWORKS_VIDEO_VIDEO_H
#define AQ_EXTRACT_NETWORKS_VIDEO_VIDEO_H
#include "extract/networks/parts/network.h"

extern const AqNetworkDef aq_network_internvideo2;
extern const AqNetworkDef aq_network_resnet3d;

#endif
