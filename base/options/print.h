/*
 * Commands and options (command.h) as text: help for people, manual pages, and scripts
 * by which shells complete a command line. Each is made from the rows alone, so that
 * all of them know the same options.
 */
#ifndef AQ_BASE_OPTIONS_PRINT_H
#define AQ_BASE_OPTIONS_PRINT_H
#include "base/options/command.h"

#include <stdio.h>

/* In lines of 80 columns; c NULL: of the program. */
void aq_help_print(FILE *f, const AqProgram *p, const AqCommand *c);

/* The part of it that rows make, under their headings. */
void aq_help_options(FILE *f, const AqCommand *c);

/* For man(1), by the macros of man(7). The page of a command has its verbs as sections.
 */
void aq_man_print(FILE *f, const AqProgram *p, const AqCommand *c);

void aq_bash_print(FILE *f, const AqProgram *p);
void aq_zsh_print(FILE *f, const AqProgram *p);
void aq_fish_print(FILE *f, const AqProgram *p);

#endif
