/* SPDX-License-Identifier: MIT */
/*
 * Each player is rendered by itself, brought to a loudness of its own (root mean square
 * while it plays), silenced outside its phrases, and added to the mix.
 */
#include "examples/toyband/sound.h"

#include "base/alloc.h"

#include <fluidsynth.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOUDEST_RMS 0.16
#define TAIL        0.25 /* seconds that a phrase may ring on */

struct AqToySynth {
    fluid_settings_t *settings;
    fluid_synth_t *synth;
    int font;
};

static const char *const fonts[] = {"/usr/share/sounds/sf2/FluidR3_GM.sf2",
                                    "/usr/share/sounds/sf2/default-GM.sf2"};

static void no_log(int level, const char *message, void *data)
{
    (void)level;
    (void)message;
    (void)data;
}

static const char *find_font(void)
{
    const char *given = getenv("TOYBAND_SOUNDFONT");

    if (given)
        return given;
    for (size_t k = 0; k < sizeof fonts / sizeof *fonts; k++)
        if (access(fonts[k], R_OK) == 0)
            return fonts[k];
    return NULL;
}

AqErr aq_toy_synth_new(AqToySynth **out)
{
    const char *font = find_font();

    *out = NULL;
    if (!font)
        return aq_fail(
            AQ_ERR_NOT_FOUND,
            "no General MIDI soundfont: install Debian's fluid-soundfont-gm, or "
            "name one in TOYBAND_SOUNDFONT");
    AqToySynth *s = aq_alloc(1, sizeof *s);
    if (!s)
        return AQ_ERR_NOMEM;
    for (int level = 0; level < LAST_LOG_LEVEL; level++)
        (void)fluid_set_log_function(level, no_log, NULL);
    s->settings = new_fluid_settings();
    (void)fluid_settings_setnum(s->settings, "synth.sample-rate", AQ_TOY_RATE);
    (void)fluid_settings_setint(s->settings, "synth.reverb.active", 0);
    (void)fluid_settings_setint(s->settings, "synth.chorus.active", 0);
    (void)fluid_settings_setint(s->settings, "synth.cpu-cores", 1);
    s->synth = s->settings ? new_fluid_synth(s->settings) : NULL;
    s->font = s->synth ? fluid_synth_sfload(s->synth, font, 1) : FLUID_FAILED;
    if (s->font == FLUID_FAILED) {
        aq_toy_synth_free(&s);
        return aq_fail(AQ_ERR_FORMAT, "%s: FluidSynth cannot load this soundfont",
                       font);
    }
    *out = s;
    return AQ_OK;
}

void aq_toy_synth_free(AqToySynth **sp)
{
    AqToySynth *s = *sp;

    if (!s)
        return;
    delete_fluid_synth(s->synth);
    delete_fluid_settings(s->settings);
    aq_free(s);
    *sp = NULL;
}

/* The notes' next event at or after sample `at`: on or off. */
static void play_notes(AqToySynth *s, const AqToyPlayer *p, float *out, int n)
{
    const int channel = aq_toy_kinds[p->kind].program < 0 ? 9 : 0;
    int at = 0;

    while (at < n) {
        int next = n;

        for (int k = 0; k < p->n_notes; k++) {
            const int on = (int)(p->note[k].on * AQ_TOY_RATE),
                      off = (int)(p->note[k].off * AQ_TOY_RATE);

            if (off == at)
                (void)fluid_synth_noteoff(s->synth, channel, p->note[k].key);
            if (off > at && off < next)
                next = off;
            if (on > at && on < next)
                next = on;
        }
        for (int k = 0; k < p->n_notes; k++)
            if ((int)(p->note[k].on * AQ_TOY_RATE) == at)
                (void)fluid_synth_noteon(s->synth, channel, p->note[k].key,
                                         p->note[k].velocity);
        float *right = out + n; /* second half of the buffer */
        (void)fluid_synth_write_float(s->synth, next - at, out, at, 1, right, at, 1);
        at = next;
    }
    for (int k = 0; k < n; k++)
        out[k] = 0.5f * (out[k] + out[n + k]);
}

/* 1 inside the phrases, a short slope behind them, 0 elsewhere. */
static double gate(const AqToyPlayer *p, double t)
{
    double g = 0;

    for (int k = 0; k < p->n_phrases; k++) {
        const double after = t - p->phrase[k][1];

        if (t >= p->phrase[k][0] && after < TAIL)
            g = fmax(g, after <= 0 ? 1 : 1 - after / TAIL);
    }
    return g;
}

static void add_player(const AqToyPlayer *p, const float *one, float *mix, int n)
{
    double power = 0;
    int counted = 0;

    for (int k = 0; k < n; k++)
        if (aq_toy_plays_at(p, (double)k / AQ_TOY_RATE)) {
            power += (double)one[k] * (double)one[k];
            counted++;
        }
    const double rms = counted ? sqrt(power / counted) : 0;
    const double gain = rms > 0 ? LOUDEST_RMS * pow(10, p->level_db / 20) / rms : 0;
    for (int k = 0; k < n; k++)
        mix[k] += (float)(gain * gate(p, (double)k / AQ_TOY_RATE) * (double)one[k]);
}

AqErr aq_toy_render(AqToySynth *synth, const AqToyScene *s, float *out)
{
    const int n = (int)(s->seconds * AQ_TOY_RATE);
    float *one = aq_alloc(2 * (size_t)n, sizeof *one);

    if (!one)
        return AQ_ERR_NOMEM;
    memset(out, 0, (size_t)n * sizeof *out);
    for (int k = 0; k < s->n_players; k++) {
        const AqToyPlayer *p = &s->player[k];
        const int program = aq_toy_kinds[p->kind].program;

        if (p->n_phrases == 0)
            continue;
        (void)fluid_synth_system_reset(synth->synth);
        if (program >= 0)
            (void)fluid_synth_program_select(synth->synth, 0, synth->font, 0, program);
        play_notes(synth, p, one, n);
        add_player(p, one, out, n);
    }
    for (int k = 0; k < n; k++) /* loud moments of several are rounded, not cut */
        out[k] = (float)tanh((double)out[k]);
    aq_free(one);
    return AQ_OK;
}
