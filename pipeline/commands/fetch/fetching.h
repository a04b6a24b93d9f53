/*
 * Fetching one published file, as `weights fetch` and `data fetch` do it: what it is
 * comes before the first byte, whoever is there is asked, and what came is checked.
 */
#ifndef AQ_PIPELINE_COMMANDS_FETCH_FETCHING_H
#define AQ_PIPELINE_COMMANDS_FETCH_FETCHING_H
#include "base/digest.h"
#include "base/options/option.h"
#include "pipeline/fetch/published.h"

/* What both are told, and its rows: AQ_ROWS_AT(aq_rows_fetching, offsetof(...)). */
typedef struct AqFetchOptions {
    const char *table, *mirror;
    int dry_run, yes;
} AqFetchOptions;
extern const AqOption aq_rows_fetching[];

typedef struct AqFetching {
    const AqPublished *what;
    const char *url;     /* with the mirror; borrowed */
    const char *file;    /* where it is downloaded to; borrowed */
    const char *by_hand; /* of an AqDownload */
    int yes, json, quiet;
    int declined;               /* out: whoever was asked said no */
    char digest[AQ_SHA256_HEX]; /* out, once it is downloaded */
} AqFetching;

/* Its address; with a mirror, which has files by the last part of their names, there.
 * Gives; NULL when out of memory. */
char *aq_fetching_address(const AqPublished *p, const char *mirror);

/* The list, one a line: names, sizes, licences. */
void aq_fetching_list(const AqPublishedList *l, int json);

/* Size and licence, and what it becomes. `there`: nothing has to be fetched. */
void aq_fetching_print(const AqFetching *f, const char *becomes, int there);

/* Asks at the terminal, and sets `declined`. AQ_ERR_USAGE where nobody is there to be
 * asked and --yes was not given. */
AQ_MUST_CHECK AqErr aq_fetching_ask(AqFetching *f);

/* Downloads it, with progress; errors as aq_download()'s. Warns, with the digest, where
 * its publisher names none to check it by. */
AQ_MUST_CHECK AqErr aq_fetching_download(AqFetching *f);

#endif
