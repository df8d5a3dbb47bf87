/* What the stage does: it counts the words that a text has in common with the query. */
#ifndef WORK_H
#define WORK_H

#include <stddef.h>
#include <stdint.h>

/* A text in UTF-8, without an end of its own. */
typedef struct {
    const uint8_t *bytes;
    size_t length;
} words;

/* How well a text answers a query: the part of the query's words that it has, 0 to 1. */
float score(words query, words text);

#endif
