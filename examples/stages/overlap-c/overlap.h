/* Orders texts by the words they share with a question. */
#ifndef OVERLAP_H
#define OVERLAP_H

#include <stddef.h>
#include <stdint.h>

/* UTF-8 that need not end in a zero. */
typedef struct {
    const uint8_t *bytes;
    size_t length;
} overlap_text;

typedef struct {
    uint32_t index;
    float score;
} overlap_rank;

typedef enum {
    OVERLAP_OK,
    /* No memory is left. */
    OVERLAP_NO_MEMORY,
} overlap_status;

/*
 * Fills `ranks`, one for each text, best first; equals keep their order. A score is 0 (shares no word) to below 1. A word that few of the texts
 * have counts more than one that all have, and a word's second occurrence less than its first; long texts have no advantage. `words` is how many
 * words the question and the texts have together.
 *
 * Words are runs of letters and digits, compared without regard to case (Latin, Greek, Cyrillic); a Chinese, Japanese or Korean character is a word.
 * Bytes that are not UTF-8 part words.
 */
overlap_status overlap_order(overlap_text question, const overlap_text *texts, size_t count, overlap_rank *ranks, uint64_t *words);

#endif
