/* SPDX-License-Identifier: MIT */
#include "model/concepts/rows.h"

#include "base/concepts/columns.h"

#include <math.h>
#include <string.h>

#define NOT_KNOWN (-1.0)

/* Behind the kinds, whose names are aq_kind_names. */
static const char *const other_names[AQ_N_CONCEPTS - AQ_N_KINDS] = {
    [AQ_CONCEPT_ELECTRIC_GUITAR - AQ_N_KINDS] = "electric_guitar",
    [AQ_CONCEPT_OTHER_INSTRUMENT - AQ_N_KINDS] = "other_instrument",
    [AQ_CONCEPT_PEOPLE - AQ_N_KINDS] = "people",
    [AQ_CONCEPT_STAGE - AQ_N_KINDS] = "stage",
    [AQ_CONCEPT_INDOOR - AQ_N_KINDS] = "indoor",
    [AQ_CONCEPT_OUTDOOR - AQ_N_KINDS] = "outdoor",
    [AQ_CONCEPT_VOICE - AQ_N_KINDS] = "voice",
    [AQ_CONCEPT_SPEECH - AQ_N_KINDS] = "speech",
    [AQ_CONCEPT_NOISE - AQ_N_KINDS] = "noise",
    [AQ_CONCEPT_NONE - AQ_N_KINDS] = "none"};

static const char *const place_names[AQ_N_PLACES] = {[AQ_PLACE_LEFT] = "left",
                                                     [AQ_PLACE_MIDDLE] = "middle",
                                                     [AQ_PLACE_RIGHT] = "right",
                                                     [AQ_PLACE_BEST] = "best"};

const char *aq_concept_name(int concept)
{
    return concept < AQ_N_KINDS ? aq_kind_names[concept]
                                : other_names[concept - AQ_N_KINDS];
}

const char *aq_concept_title(int concept)
{
    switch (concept) {
    case AQ_KIND_ACOUSTIC_GUITAR:
        return "guitar";
    case AQ_KIND_ELECTRIC_BASS:
        return "electric bass";
    case AQ_CONCEPT_ELECTRIC_GUITAR:
        return "electric guitar";
    case AQ_CONCEPT_OTHER_INSTRUMENT:
        return "another instrument";
    case AQ_CONCEPT_VOICE:
        return "singing";
    default:
        return aq_concept_name(concept);
    }
}

const char *aq_concept_place_name(AqConceptPlace place)
{
    return place_names[place];
}

/* The number of the name among those behind the mark; -1: it is none of them. */
static int find_named(const char *description, const char *mark, const char *name)
{
    char text[64];

    for (int k = 0; aq_columns_at(description, mark, k, text, sizeof text); k++)
        if (strcmp(text, name) == 0)
            return k;
    return -1;
}

/* A row without cells has one, the best. */
static int name_cells(AqConceptRows *r)
{
    const int n = aq_columns_count(r->description, AQ_CELLS_MARK);

    for (int p = 0; p < AQ_N_PLACES; p++)
        r->cell[p] =
            n > 0 ? find_named(r->description, AQ_CELLS_MARK, place_names[p]) : -1;
    if (n == 0)
        r->cell[AQ_PLACE_BEST] = 0;
    return n > 0 ? n : 1;
}

int aq_concept_rows_name(AqConceptRows *r)
{
    int n_known = 0;

    for (int c = 0; c < AQ_N_CONCEPTS; c++)
        r->column[c] = -1;
    r->n_columns = r->is_logodds = 0;
    const int n =
        r->description ? aq_columns_count(r->description, AQ_COLUMNS_MARK) : 0;
    if (n == 0 || n * name_cells(r) != r->n_values)
        return 0;
    for (int c = 0; c < AQ_N_CONCEPTS; c++) {
        r->column[c] = find_named(r->description, AQ_COLUMNS_MARK, aq_concept_name(c));
        n_known += r->column[c] >= 0;
    }
    r->n_columns = n;
    r->is_logodds = strstr(r->description, "out=logodds") != NULL;
    return n_known > 0;
}

static int has_second(const AqConceptRows *r, int t)
{
    return r->data && t >= 0 && t < r->n_seconds && (!r->present || r->present[t]);
}

int aq_concept_is_silent(const AqConceptRows *r, int t)
{
    return has_second(r, t) && r->level && r->level[t] < AQ_CONCEPT_SILENT;
}

double aq_concept_at(const AqConceptRows *r, int concept, AqConceptPlace place, int t)
{
    if (!has_second(r, t) || r->column[concept] < 0 || r->cell[place] < 0)
        return NOT_KNOWN;
    if (aq_concept_is_silent(r, t))
        return 0;
    const size_t at = (size_t)t * r->stride +
                      (size_t)r->cell[place] * (size_t)r->n_columns +
                      (size_t)r->column[concept];
    const double x = (double)r->data[at],
                 p = r->is_logodds ? 1 / (1 + exp(-x)) : fmin(1, fmax(0, x));

    return isnan(x) ? NOT_KNOWN : p;
}
