/*
 * Standard output as a whole: what was printed came through, or the program says so and
 * ends with status 1, whichever command it was. A reader that leaves (`| head`) ends
 * the program by SIGPIPE, as it does others; where that is ignored, it is such a fault.
 */
#ifndef AQ_PIPELINE_COMMANDS_OUTPUT_H
#define AQ_PIPELINE_COMMANDS_OUTPUT_H

/* First thing in main(): no file that is opened later becomes one of the three standard
 * ones because that was closed. Reading or writing such a one still fails. */
void aq_output_begin(void);

/* Something that should have been printed was not, for this reason; told at the end. */
void aq_output_lost(const char *why);

/* Last thing: flushes and closes standard output. Gives the exit status for that of the
 * command: 1 in place of success where something was lost. */
int aq_output_end(int status);

#endif
