/* SPDX-License-Identifier: MIT */
/* Function words are a closed class, so a list; in strcmp order. */
#include "model/question/words.h"

#include <stdlib.h>
#include <string.h>

static const char *const list[] = {
    "a",        "about",     "actually", "again",     "ah",      "all",      "also",
    "am",       "an",        "and",      "any",       "anybody", "anyone",   "anything",
    "are",      "aren't",    "as",       "ask",       "at",      "be",       "been",
    "being",    "but",       "by",       "can",       "can't",   "clip",     "could",
    "did",      "didn't",    "do",       "does",      "doesn't", "don't",    "each",
    "either",   "er",        "exactly",  "file",      "for",     "from",     "give",
    "goes",     "going",     "gonna",    "got",       "guess",   "had",      "happen",
    "happened", "happening", "happens",  "has",       "have",    "he",       "hello",
    "her",      "here",      "hey",      "hi",        "him",     "his",      "how",
    "i",        "i'd",       "i'm",      "if",        "in",      "into",     "is",
    "isn't",    "it",        "it's",     "its",       "just",    "know",     "let",
    "like",     "many",      "may",      "maybe",     "me",      "might",    "much",
    "must",     "my",        "now",      "of",        "oh",      "ok",       "okay",
    "on",       "or",        "our",      "perhaps",   "please",  "possibly", "quite",
    "rather",   "really",    "say",      "shall",     "she",     "should",   "so",
    "some",     "somebody",  "someone",  "something", "stuff",   "such",     "tell",
    "thank",    "thanks",    "that",     "that's",    "the",     "their",    "them",
    "then",     "there",     "there's",  "these",     "they",    "they're",  "thing",
    "things",   "think",     "this",     "those",     "to",      "too",      "uh",
    "um",       "us",        "very",     "video",     "want",    "was",      "wasn't",
    "we",       "well",      "were",     "weren't",   "what",    "what's",   "whether",
    "which",    "will",      "with",     "wonder",    "would",   "yes",      "you",
    "your"};

static int compare_function_word(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

int aq_word_is_function(const char *word)
{
    return bsearch(word, list, sizeof list / sizeof *list, sizeof *list,
                   compare_function_word) != NULL;
}
