/* SPDX-License-Identifier: MIT */
#include "model/concepts/named.h"

#include "model/question/tokenise.h"

#include <stdio.h>
#include <string.h>

typedef struct InstrumentWord {
    const char *word; /* one or two, singular */
    int concept;
    const char *name; /* what it is called in a sentence */
} InstrumentWord;

#define ELSE AQ_CONCEPT_OTHER_INSTRUMENT

/* Names of two words first: "bass drum" is no bass. A marimba and a vibraphone are what
 * MUSIC-AVQA calls a xylophone, a cornet is what ImageNet has as its trumpet. */
static const InstrumentWord instrument_words[] = {
    {"acoustic guitar", AQ_KIND_ACOUSTIC_GUITAR, "guitar"},
    {"electric guitar", AQ_CONCEPT_ELECTRIC_GUITAR, "electric guitar"},
    {"electric bass", AQ_KIND_ELECTRIC_BASS, "electric bass"},
    {"bass guitar", AQ_KIND_ELECTRIC_BASS, "electric bass"},
    {"bass drum", AQ_KIND_DRUM, "drum"},
    {"snare drum", AQ_KIND_DRUM, "drum"},
    {"drum kit", AQ_KIND_DRUM, "drum"},
    {"drum set", AQ_KIND_DRUM, "drum"},
    {"conga drum", AQ_KIND_CONGAS, "congas"},
    {"steel drum", ELSE, "steel drum"},
    {"double bass", ELSE, "double bass"},
    {"french horn", ELSE, "French horn"},
    {"bass clarinet", AQ_KIND_CLARINET, "clarinet"},
    {"grand piano", AQ_KIND_PIANO, "piano"},
    {"upright piano", AQ_KIND_PIANO, "piano"},
    {"accordion", AQ_KIND_ACCORDION, "accordion"},
    {"guitar", AQ_KIND_ACOUSTIC_GUITAR, "guitar"},
    {"bagpipe", AQ_KIND_BAGPIPE, "bagpipe"},
    {"banjo", AQ_KIND_BANJO, "banjo"},
    {"bassoon", AQ_KIND_BASSOON, "bassoon"},
    {"cello", AQ_KIND_CELLO, "cello"},
    {"violoncello", AQ_KIND_CELLO, "cello"},
    {"clarinet", AQ_KIND_CLARINET, "clarinet"},
    {"conga", AQ_KIND_CONGAS, "congas"},
    {"drum", AQ_KIND_DRUM, "drum"},
    {"bass", AQ_KIND_ELECTRIC_BASS, "electric bass"},
    {"erhu", AQ_KIND_ERHU, "erhu"},
    {"flute", AQ_KIND_FLUTE, "flute"},
    {"guzheng", AQ_KIND_GUZHENG, "guzheng"},
    {"piano", AQ_KIND_PIANO, "piano"},
    {"pipa", AQ_KIND_PIPA, "pipa"},
    {"saxophone", AQ_KIND_SAXOPHONE, "saxophone"},
    {"sax", AQ_KIND_SAXOPHONE, "saxophone"},
    {"suona", AQ_KIND_SUONA, "suona"},
    {"trumpet", AQ_KIND_TRUMPET, "trumpet"},
    {"cornet", AQ_KIND_TRUMPET, "trumpet"},
    {"tuba", AQ_KIND_TUBA, "tuba"},
    {"ukulele", AQ_KIND_UKULELE, "ukulele"},
    {"uke", AQ_KIND_UKULELE, "ukulele"},
    {"violin", AQ_KIND_VIOLIN, "violin"},
    {"fiddle", AQ_KIND_VIOLIN, "violin"},
    {"xylophone", AQ_KIND_XYLOPHONE, "xylophone"},
    {"marimba", AQ_KIND_XYLOPHONE, "xylophone"},
    {"vibraphone", AQ_KIND_XYLOPHONE, "xylophone"},
    {"bongo", AQ_KIND_CONGAS, "congas"},
    {"castanet", ELSE, "castanet"},
    {"dulcimer", ELSE, "dulcimer"},
    {"glockenspiel", ELSE, "glockenspiel"},
    {"gong", ELSE, "gong"},
    {"harmonica", ELSE, "harmonica"},
    {"harp", ELSE, "harp"},
    {"harpsichord", ELSE, "harpsichord"},
    {"koto", ELSE, "koto"},
    {"lute", ELSE, "lute"},
    {"lyre", ELSE, "lyre"},
    {"mandolin", ELSE, "mandolin"},
    {"maraca", ELSE, "maraca"},
    {"oboe", ELSE, "oboe"},
    {"ocarina", ELSE, "ocarina"},
    {"organ", ELSE, "organ"},
    {"piccolo", ELSE, "piccolo"},
    {"recorder", ELSE, "recorder"},
    {"shamisen", ELSE, "shamisen"},
    {"sitar", ELSE, "sitar"},
    {"synthesizer", ELSE, "synthesizer"},
    {"tabla", ELSE, "tabla"},
    {"tambourine", ELSE, "tambourine"},
    {"theremin", ELSE, "theremin"},
    {"trombone", ELSE, "trombone"},
    {"viola", ELSE, "viola"},
    {"zither", ELSE, "zither"},
};

enum { MOST_WORDS = 64 };

/* ---- a question's words, with "acoustic_guitar" as two ---- */

typedef struct QuestionWords {
    char text[MOST_WORDS][AQ_WORD_BYTES];
    int n;
} QuestionWords;

static void add_question_word(QuestionWords *w, const char *text)
{
    while (*text && w->n < MOST_WORDS) {
        const size_t n = strcspn(text, "_");

        if (n > 0)
            (void)snprintf(w->text[w->n++], AQ_WORD_BYTES, "%.*s", (int)n, text);
        text += n + (text[n] != 0);
    }
}

static void cut_question(QuestionWords *w, const char *question)
{
    AqWord word;

    w->n = 0;
    while (aq_tokenise_next(&question, &word))
        add_question_word(w, word.text);
}

/* "drum", "drums", "drum's", "congas". */
static int is_word_or_plural(const char *text, const char *word, size_t n)
{
    static const char *const ends[] = {"", "s", "es", "'s", "s'"};

    if (strncmp(text, word, n) != 0)
        return 0;
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
        if (strcmp(text + n, ends[k]) == 0)
            return 1;
    return 0;
}

/* How many words from `at` on are this instrument's name; 0: it is not there. */
static int match_instrument(const QuestionWords *w, int at, const InstrumentWord *i)
{
    const size_t first = strcspn(i->word, " ");

    if (!i->word[first])
        return is_word_or_plural(w->text[at], i->word, first);
    const char *second = i->word + first + 1;
    return at + 1 < w->n && strlen(w->text[at]) == first &&
                   memcmp(w->text[at], i->word, first) == 0 &&
                   is_word_or_plural(w->text[at + 1], second, strlen(second))
               ? 2
               : 0;
}

static void add_instrument(AqNamed *out, const InstrumentWord *i)
{
    for (int k = 0; k < out->n; k++)
        if (strcmp(out->word[k], i->name) == 0)
            return;
    if (out->n == AQ_MOST_NAMED)
        return;
    out->concept[out->n] = i->concept;
    out->word[out->n++] = i->name;
}

AqNamed aq_concepts_named(const char *question)
{
    const size_t n_words = sizeof instrument_words / sizeof *instrument_words;
    AqNamed out = {.n = 0};
    QuestionWords w;

    cut_question(&w, question);
    for (int at = 0; at < w.n;) {
        int taken = 0;

        for (size_t k = 0; taken == 0 && k < n_words; k++) {
            taken = match_instrument(&w, at, &instrument_words[k]);
            if (taken > 0)
                add_instrument(&out, &instrument_words[k]);
        }
        at += taken > 0 ? taken : 1;
    }
    return out;
}

int aq_question_compares_loudness(const char *question)
{
    static const char *const begins[] = {"loud", "quiet", "soft", "rhythmic"};
    QuestionWords w;

    cut_question(&w, question);
    for (int at = 0; at < w.n; at++)
        for (size_t k = 0; k < sizeof begins / sizeof *begins; k++)
            if (strncmp(w.text[at], begins[k], strlen(begins[k])) == 0)
                return 1;
    return 0;
}
