/*
 * libavqa: answers questions about the sound and picture of a video, and gives what
 * leads there: features of neural networks, sound and pictures on one clock, log-mel
 * spectra. From C99 and C++; docs/library.md is its page, examples/c has programs.
 *
 * Errors. What can fail returns an AvqaStatus and takes an AvqaError at its end, which
 * may be NULL: on failure it has the status and a sentence for people, on success ""; a
 * result that is handed out is then NULL.
 *
 * Ownership. What an *_open(), avqa_new(), avqa_ask() or avqa_features() hands out is
 * the caller's, released by the *_free() of its type, which takes its address, accepts
 * NULL and leaves NULL. Text and arrays that an object gives are the object's and live
 * as long as it does. An object may be released while others that were made with it
 * live on, but for the Avqa, which is released last.
 *
 * Threads. An Avqa is set up by one thread and only read afterwards; an AvqaModel, an
 * AvqaNetwork and an AvqaClip do not change once they are open. So all functions but
 * avqa_set(), avqa_stop_if() and the *_free() may be called by several threads at once
 * with the same objects. (A model that reads questions by CLIP's text tower answers one
 * at a time; others wait.)
 *
 * The process. The library calculates in threads that it starts for a call and ends
 * with it, with signals blocked. It installs no signal handler, changes no environment,
 * locale or directory, and writes neither to standard output nor to standard error.
 * Media is taken apart by a child process, avqa-decoder, which confines itself and ends
 * with the call: the program gets a SIGCHLD for it and must not wait for children that
 * it did not start. How many threads OpenBLAS uses is left to the program and to
 * OPENBLAS_NUM_THREADS. The environment variables of avqa-pipe count (AVQA_MODEL,
 * AVQA_CONFINE, AVQA_DECODER, XDG_DATA_HOME).
 *
 * Versions. A program that was built with one version runs with each later one of the
 * same soname: objects are opaque, and settings are named by text.
 */
#ifndef AVQA_H
#define AVQA_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AVQA_VERSION_MAJOR 0
#define AVQA_VERSION_MINOR 2
#define AVQA_VERSION_PATCH 0
#define AVQA_VERSION       "0.2.0" /* of this header */

#if defined(__GNUC__)
#define AVQA_API __attribute__((visibility("default")))
#else
#define AVQA_API
#endif

/* The version of the library that runs, as "0.2.0". */
AVQA_API const char *avqa_version(void);

/* ---- errors ---- */

typedef enum AvqaStatus {
    AVQA_OK = 0,
    AVQA_USAGE = 1,       /* asked for something that makes no sense */
    AVQA_MEMORY = 2,      /* out of memory, or of processes or threads */
    AVQA_IO = 3,          /* a system call failed */
    AVQA_FORMAT = 4,      /* a file of weights or a model is malformed */
    AVQA_MEDIA = 5,       /* this clip cannot be used; others may */
    AVQA_NOT_FOUND = 6,   /* no such file or name */
    AVQA_MISMATCH = 7,    /* two things that should agree do not */
    AVQA_UNSUPPORTED = 8, /* recognised, but not supported here */
    AVQA_CANCELLED = 9,   /* stopped on request */
    AVQA_FAILED = 10      /* anything else; versions to come may have more numbers */
} AvqaStatus;

/* Of this size in all versions. */
typedef struct AvqaError {
    AvqaStatus status;
    char text[1020]; /* UTF-8, one sentence: what failed, on which file, why */
} AvqaError;

/* ---- the library, set up ---- */

typedef struct Avqa Avqa;

AVQA_API AvqaStatus avqa_new(Avqa **out, AvqaError *error);
AVQA_API void avqa_free(Avqa **a);

/*
 * Sets what is done from then on; AVQA_USAGE lists what there is.
 *   threads        threads of a call [1]; "0": as many as cores
 *   max-seconds    seconds read of a clip [60]
 *   audio-track    a clip's sound track, from 1 ["0": its default one]
 *   clip-timeout   seconds that decoding a clip may take [600]
 *   clip-memory    megabytes that it may take [2048]
 *   decoder        the program that reads media [avqa-decoder, as it was installed]
 */
AVQA_API AvqaStatus avqa_set(Avqa *a, const char *name, const char *value,
                             AvqaError *error);

/* Calls that read a clip poll `stop`, from several threads, and end as AVQA_CANCELLED
 * once it gives anything but 0. NULL: they do not. */
AVQA_API void avqa_stop_if(Avqa *a, int (*stop)(void *context), void *context);

/* ---- models and clips ---- */

typedef enum AvqaStream { AVQA_SOUND = 0, AVQA_PICTURE = 1 } AvqaStream;

/* A model that answers, with the networks that make its features. */
typedef struct AvqaModel AvqaModel;

/* `name` as of `avqa-pipe ask --model`: a file, or a model that comes with the library:
 * "real", for clips of life, "toyband", or "default", which is the first of these;
 * NULL: the one of AVQA_MODEL, else that in the user's data folder, else the default
 * one. */
AVQA_API AvqaStatus avqa_model_open(AvqaModel **out, const Avqa *a, const char *name,
                                    AvqaError *error);
AVQA_API void avqa_model_free(AvqaModel **m);

/* Its file, and what that says of itself, as it reads after "it knows" (or NULL). */
AVQA_API const char *avqa_model_path(const AvqaModel *m);
AVQA_API const char *avqa_model_knows(const AvqaModel *m);
/* The answers that it has, NULL past the last. None if it chooses among the question's
 * choices (avqa_model_chooses()) or answers with a number. */
AVQA_API const char *avqa_model_answer(const AvqaModel *m, size_t k);
AVQA_API int avqa_model_chooses(const AvqaModel *m);
/* The wordings of the questions that it was trained on, with slots in <>; NULL past the
 * last. It understands others too. */
AVQA_API const char *avqa_model_wording(const AvqaModel *m, size_t k);

/* A clip, read once, with its features for one model. */
typedef struct AvqaClip AvqaClip;

/* The features are in memory alone; they are the numbers that avqa-pipe stores. */
AVQA_API AvqaStatus avqa_clip_open(AvqaClip **out, const AvqaModel *m, const char *path,
                                   AvqaError *error);
AVQA_API void avqa_clip_free(AvqaClip **c);

AVQA_API int avqa_clip_seconds(const AvqaClip *c); /* T, 1 or more */
/* 1: the clip has sound, or a picture, in that second. */
AVQA_API int avqa_clip_has(const AvqaClip *c, AvqaStream stream, int second);
/* What was remarked when it was read, one a line; "" if nothing. */
AVQA_API const char *avqa_clip_notes(const AvqaClip *c);

/* ---- asking ---- */

typedef struct AvqaAnswer AvqaAnswer;

/* What avqa_ask() finds out beyond the answer, to be added together. */
#define AVQA_OCCLUSION       1u /* what the answer loses without each second and stream */
#define AVQA_OCCLUSION_CELLS 2u /* and without each part of the picture: slow */

/*
 * `clip` was opened for `m`. `choices` ends with NULL; it is for models that choose,
 * and NULL for others. AVQA_USAGE if the question has no word that the model knows.
 */
AVQA_API AvqaStatus avqa_ask(AvqaAnswer **out, const AvqaModel *m, const AvqaClip *clip,
                             const char *question, const char *const *choices,
                             unsigned what, AvqaError *error);
AVQA_API void avqa_answer_free(AvqaAnswer **y);

/* The answer; NULL if none should be claimed, for reasons that are among the warnings.
 * And the best guess, whatever speaks against it. */
AVQA_API const char *avqa_answer_text(const AvqaAnswer *y);
AVQA_API const char *avqa_answer_guess(const AvqaAnswer *y);
AVQA_API int avqa_answer_sure(const AvqaAnswer *y); /* 1: claimed, without a doubt */

/* The answers, likeliest first: number k, with its probability (may be NULL), of which
 * all together are 1; NULL past the last. */
AVQA_API const char *avqa_answer_at(const AvqaAnswer *y, size_t k, double *probability);

/* What bears on the answer or speaks against it, a clause each; NULL past the last. */
AVQA_API const char *avqa_answer_warning(const AvqaAnswer *y, size_t k);

/* Words of the question that the model does not know, each with the known one that was
 * perhaps meant in *meant (or NULL; may be NULL); NULL past the last. */
AVQA_API const char *avqa_answer_unknown(const AvqaAnswer *y, size_t k,
                                         const char **meant);

/* (T) how much the network attended to each second of the stream, *n = T (may be NULL):
 * together 1, or all 0 if the clip lacks the stream. NULL if it shows nothing. T is the
 * clip's, but at most what the model looks at. */
AVQA_API const float *avqa_answer_attention(const AvqaAnswer *y, AvqaStream stream,
                                            int *n);

/* With AVQA_OCCLUSION. A drop is how much the answer loses, in natural log-odds, when
 * something is hidden: 0.7 halves its odds, below 0 it gains. (T) drops for each
 * second, *n = T; NULL if the clip lacks the stream or nothing was hidden. */
AVQA_API const float *avqa_answer_drops(const AvqaAnswer *y, AvqaStream stream, int *n);
/* The answer without the whole stream, and the drop; NULL as above. */
AVQA_API const char *avqa_answer_without(const AvqaAnswer *y, AvqaStream stream,
                                         double *drop);
/* With AVQA_OCCLUSION_CELLS: the drops (*n) for each part of the picture, hidden in all
 * seconds at once, in the order of the picture features' grids, row by row. NULL if
 * nothing was hidden. */
AVQA_API const float *avqa_answer_cells(const AvqaAnswer *y, int *n);

/* ---- features ---- */

/* A network that makes features of sound or of pictures. */
typedef struct AvqaNetwork AvqaNetwork;

/*
 * `name`, `weights` and `switches` as of `avqa-pipe features`: a network (vggish,
 * swin_t, ...) or a weight file; its weights, or NULL for those of its name; NULL or
 * "key=value,...", where precision=f32|bf16 counts too.
 */
AVQA_API AvqaStatus avqa_network_open(AvqaNetwork **out, const Avqa *a,
                                      const char *name, const char *weights,
                                      const char *switches, AvqaError *error);
AVQA_API void avqa_network_free(AvqaNetwork **n);
AVQA_API AvqaStream avqa_network_stream(const AvqaNetwork *n);

/* One network's features of one clip. */
typedef struct AvqaFeatures AvqaFeatures;

/* With AVQA_INPUT what the network is given instead of what it makes of it. */
#define AVQA_INPUT 1u
AVQA_API AvqaStatus avqa_features(AvqaFeatures **out, const AvqaNetwork *n,
                                  const char *path, unsigned what, AvqaError *error);
AVQA_API void avqa_features_free(AvqaFeatures **f);

/* Writes the shape and gives the number of dimensions, 2 to 4: rows first, channels
 * last; of input (rows, 96, 64) or (rows, 3, S, S). */
AVQA_API int avqa_features_shape(const AvqaFeatures *f, size_t shape[4]);
AVQA_API const float *avqa_features_data(const AvqaFeatures *f);
/* When row k begins and ends, in seconds from the clip's time 0 (both may be NULL); 0
 * and 0 for a row that is not there. 1 if the clip has it; 0: its values are 0. */
AVQA_API int avqa_features_row(const AvqaFeatures *f, size_t k, double *begins,
                               double *ends);
AVQA_API const char *avqa_features_notes(const AvqaFeatures *f);

/* ---- media ---- */

#define AVQA_RATE 16000 /* samples a second */

/*
 * What avqa_decode() finds, as it comes, on the clip's clock: time 0 is the earliest
 * timestamp of either stream, and both are placed by their timestamps. Called by the
 * thread that called avqa_decode(); anything but 0 stops it (AVQA_CANCELLED). Data is
 * borrowed for the call.
 */
typedef struct AvqaReceiver {
    size_t size; /* sizeof(AvqaReceiver), which may grow */
    void *context;
    /* A second of sound, mono, -1 .. 1; seconds without sound are left out. May be
     * NULL. */
    int (*sound)(void *context, int second, const float samples[AVQA_RATE]);
    /* A picture, upright: height rows of width pixels of red, green, blue, `stride`
     * bytes apart, which is what is shown at `at` seconds. May be NULL. */
    int (*picture)(void *context, double at, const unsigned char *rgb, int width,
                   int height, size_t stride);
} AvqaReceiver;

/* With 1, 2, 4, 5 or 8 pictures a second. */
AVQA_API AvqaStatus avqa_decode(const Avqa *a, const char *path,
                                int pictures_per_second, const AvqaReceiver *to,
                                AvqaError *error);

/*
 * The log-mel spectrum of VGGish (`offset` 0.01) and YAMNet (0.001) of whole seconds:
 * samples (n_seconds, AVQA_RATE), mono, -1 .. 1, taken in 16 bits; out
 * (n_seconds, 96, 64).
 */
AVQA_API AvqaStatus avqa_logmel(const float *samples, size_t n_seconds, double offset,
                                float *out, AvqaError *error);

#ifdef __cplusplus
}
#endif

#endif
