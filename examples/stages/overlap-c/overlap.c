#include "overlap.h"

#include <stdbool.h>
#include <stdlib.h>

/* What a code point is to a word. */
typedef enum { BETWEEN_WORDS, OF_A_WORD, A_WORD } role;

/* A word of the question. */
typedef struct {
    /* FNV-1a over its code points: two words of one hash are taken for one. */
    uint64_t hash;
    /* How many texts have it. */
    uint32_t texts;
    /* How often the text at hand has it. */
    uint32_t times;
} asked;

typedef struct {
    overlap_text text;
    size_t at;
} reader;

/* The next code point; U+FFFD for each byte that is not of one. `from` must not be at its end. */
static uint32_t next_code_point(reader *from) {
    const uint8_t *bytes = from->text.bytes + from->at;
    const size_t left = from->text.length - from->at;
    const uint8_t first = bytes[0];
    const size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    from->at += 1;
    if (length == 1) {
        return first;
    }
    if (first < 0xc2 || first > 0xf4 || left < length) {
        return 0xfffd;
    }
    uint32_t code = first & (0x7f >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0xfffd;
        }
        code = code << 6 | (bytes[i] & 0x3f);
    }
    from->at += length - 1;
    return code;
}

static bool is_within(uint32_t code, uint32_t first, uint32_t last) {
    return code >= first && code <= last;
}

static role role_of(uint32_t code) {
    if (code < 0x80) {
        const bool is_letter = is_within(code | 0x20, 'a', 'z');
        return is_letter || is_within(code, '0', '9') ? OF_A_WORD : BETWEEN_WORDS;
    }
    if (is_within(code, 0x3041, 0x9fff) || is_within(code, 0xac00, 0xd7af) || is_within(code, 0xf900, 0xfaff) ||
        is_within(code, 0x20000, 0x3ffff)) {
        return A_WORD;
    }
    const bool is_mark_of_latin_1 = code < 0xc0 && code != 0xaa && code != 0xb5 && code != 0xba;
    const bool is_sign = code == 0xd7 || code == 0xf7 || is_within(code, 0x2000, 0x2bff) || is_within(code, 0x3000, 0x3040) ||
                         is_within(code, 0xfe30, 0xfe4f) || is_within(code, 0xff00, 0xff0f) || code == 0xfffd;
    return is_mark_of_latin_1 || is_sign ? BETWEEN_WORDS : OF_A_WORD;
}

/* The small letter of a letter. */
static uint32_t folded(uint32_t code) {
    if (is_within(code, 'A', 'Z') || (is_within(code, 0xc0, 0xde) && code != 0xd7) || is_within(code, 0x391, 0x3a9) ||
        is_within(code, 0x410, 0x42f)) {
        return code + 0x20;
    }
    if (is_within(code, 0x400, 0x40f)) {
        return code + 0x50;
    }
    /* Latin Extended-A holds pairs; which of a pair is the small letter changes twice. */
    if (is_within(code, 0x100, 0x137) || is_within(code, 0x14a, 0x177)) {
        return code | 1;
    }
    if (is_within(code, 0x139, 0x148) || is_within(code, 0x179, 0x17e)) {
        return code + (code & 1);
    }
    /* The sigma at a word's end. */
    return code == 0x3c2 ? 0x3c3 : code;
}

/* Reads the next word; false when there is none. */
static bool next_word(reader *from, uint64_t *hash) {
    bool inside = false;
    while (from->at < from->text.length) {
        const size_t before = from->at;
        const uint32_t code = next_code_point(from);
        const role is = role_of(code);
        if (inside && is != OF_A_WORD) {
            from->at = before;
            return true;
        }
        if (is == BETWEEN_WORDS) {
            continue;
        }
        if (!inside) {
            *hash = 0xcbf29ce484222325u;
        }
        inside = true;
        *hash = (*hash ^ folded(code)) * 0x100000001b3u;
        if (is == A_WORD) {
            return true;
        }
    }
    return inside;
}

static int by_hash(const void *a, const void *b) {
    const uint64_t x = ((const asked *)a)->hash, y = ((const asked *)b)->hash;
    return (x > y) - (x < y);
}

/* Best first; of equals the first. */
static int by_score(const void *a, const void *b) {
    const overlap_rank *x = a, *y = b;
    if (x->score != y->score) {
        return x->score < y->score ? 1 : -1;
    }
    return (x->index > y->index) - (x->index < y->index);
}

/* The different words of the question, sorted; NULL when no memory is left. */
static asked *words_of(overlap_text question, size_t *count, uint64_t *words) {
    /* Each word has a byte at least. */
    asked *found = calloc(question.length + 1, sizeof *found);
    if (found == NULL) {
        return NULL;
    }
    size_t all = 0, kept = 0;
    for (reader from = {question, 0}; next_word(&from, &found[all].hash);) {
        all++;
    }
    qsort(found, all, sizeof *found, by_hash);
    for (size_t i = 0; i < all; i++) {
        if (kept == 0 || found[kept - 1].hash != found[i].hash) {
            found[kept++].hash = found[i].hash;
        }
    }
    *count = kept;
    *words += all;
    return found;
}

/* Counts how often a text has each word of the question; returns how many words it has. */
static uint64_t count_words(overlap_text text, asked *question, size_t count) {
    for (size_t i = 0; i < count; i++) {
        question[i].times = 0;
    }
    uint64_t words = 0;
    asked wanted = {0, 0, 0};
    for (reader from = {text, 0}; next_word(&from, &wanted.hash); words++) {
        asked *found = bsearch(&wanted, question, count, sizeof *question, by_hash);
        if (found != NULL) {
            found->times++;
        }
    }
    return words;
}

overlap_status overlap_order(overlap_text question, const overlap_text *texts, size_t count, overlap_rank *ranks, uint64_t *words) {
    size_t asked_count = 0;
    *words = 0;
    asked *asked_words = words_of(question, &asked_count, words);
    if (asked_words == NULL) {
        return OVERLAP_NO_MEMORY;
    }
    uint64_t in_texts = 0;
    for (size_t text = 0; text < count; text++) {
        in_texts += count_words(texts[text], asked_words, asked_count);
        for (size_t i = 0; i < asked_count; i++) {
            asked_words[i].texts += asked_words[i].times > 0;
        }
    }
    *words += in_texts;
    const float average = count > 0 && in_texts > 0 ? (float)in_texts / (float)count : 1.0f;
    for (size_t text = 0; text < count; text++) {
        const float length = (float)count_words(texts[text], asked_words, asked_count) / average;
        float score = 0.0f, best = 0.0f;
        for (size_t i = 0; i < asked_count; i++) {
            /* From nearly 1, for a word of no text, down to a little, for one of all. */
            const float rarity = (float)(count + 1 - asked_words[i].texts) / (float)(count + 1);
            const float times = (float)asked_words[i].times;
            score += rarity * times / (times + 0.5f + 0.5f * length);
            best += rarity;
        }
        ranks[text] = (overlap_rank){(uint32_t)text, best > 0.0f ? score / best : 0.0f};
    }
    qsort(ranks, count, sizeof *ranks, by_score);
    free(asked_words);
    return OVERLAP_OK;
}
