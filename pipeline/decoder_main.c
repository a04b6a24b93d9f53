/* SPDX-License-Identifier: MIT */
/* avqa-decoder: reads media for avqa-pipe and libavqa, which start it. */
#include "pipeline/decoder/decoder.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], AQ_DECODER_ARG) == 0)
        return aq_decoder_serve(AQ_DECODER_FD);
    (void)fprintf(stderr,
                  "avqa-decoder " AQ_VERSION ": avqa-pipe and programs with "
                  "libavqa start it to read media; it does nothing by itself\n");
    return 2;
}
