/* Networks of sound. */
#ifndef AQ_EXTRACT_NETWORKS_SOUND_SOUND_H
#define AQ_EXTRACT_NETWORKS_SOUND_SOUND_H
#include "extract/networks/parts/network.h"

extern const AqNetworkDef aq_network_vggish;
extern const AqNetworkDef aq_network_yamnet;
extern const AqNetworkDef aq_network_hearing;

#endif
