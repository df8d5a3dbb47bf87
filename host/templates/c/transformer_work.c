#include "work.h"

#include <stdbool.h>
#include <string.h>

static const char HIDDEN[] = {'[', 'e', '-', 'm', 'a', 'i', 'l', ']'};

static bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Something, an `@`, and a dot after it. */
static bool is_address(const uint8_t *word, size_t length) {
    const uint8_t *at = memchr(word, '@', length);
    return at != NULL && at != word && memchr(at, '.', length - (size_t)(at - word)) != NULL;
}

size_t transform(const uint8_t *text, size_t length, uint8_t *transformed) {
    size_t written = 0;
    for (size_t from = 0, to; from < length; from = to) {
        /* A word, or the white space between two. */
        for (to = from + 1; to < length && is_space(text[to]) == is_space(text[from]); to++) {
        }
        const bool hide = is_address(text + from, to - from);
        const void *part = hide ? (const void *)HIDDEN : text + from;
        const size_t bytes = hide ? sizeof HIDDEN : to - from;
        memcpy(transformed + written, part, bytes);
        written += bytes;
    }
    return written;
}
