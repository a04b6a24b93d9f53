/* The two streams of a clip. */
#ifndef AQ_BASE_MODALITY_H
#define AQ_BASE_MODALITY_H

typedef enum AqModality { AQ_AUDIO, AQ_VISUAL } AqModality;
#define AQ_N_MODALITIES 2

static inline const char *aq_modality_name(AqModality m)
{
    return m == AQ_AUDIO ? "audio" : "visual";
}

#endif
