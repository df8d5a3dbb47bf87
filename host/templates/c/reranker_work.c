#include "work.h"

#include <stdbool.h>

/* Small letters of ASCII; any other script's are of a word as they are. 0 for what parts words. */
static uint8_t letter(uint8_t byte) {
    if (byte >= 'A' && byte <= 'Z') {
        return byte + ('a' - 'A');
    }
    const bool is_of_word = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
    return is_of_word ? byte : 0;
}

/* Takes the next word from the front of `rest`; false when there is none. */
static bool next(words *rest, words *word) {
    while (rest->length > 0 && letter(*rest->bytes) == 0) {
        *rest = (words){rest->bytes + 1, rest->length - 1};
    }
    *word = (words){rest->bytes, 0};
    while (rest->length > 0 && letter(*rest->bytes) != 0) {
        *rest = (words){rest->bytes + 1, rest->length - 1};
        word->length++;
    }
    return word->length > 0;
}

static bool has(words text, words wanted) {
    for (words word; next(&text, &word);) {
        size_t same = 0;
        while (same < word.length && same < wanted.length && letter(word.bytes[same]) == letter(wanted.bytes[same])) {
            same++;
        }
        if (same == word.length && same == wanted.length) {
            return true;
        }
    }
    return false;
}

float score(words query, words text) {
    unsigned asked = 0, found = 0;
    words rest = query;
    for (words word; next(&rest, &word);) {
        const words before = {query.bytes, (size_t)(word.bytes - query.bytes)};
        if (!has(before, word)) {
            asked++;
            found += has(text, word);
        }
    }
    return asked == 0 ? 0.0f : (float)found / (float)asked;
}
