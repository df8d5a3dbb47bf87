/* Built and run natively: `sh test.sh`. */
#include "overlap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

static overlap_text text(const char *string) {
    return (overlap_text){(const uint8_t *)string, strlen(string)};
}

/* Expects an order, such as "201", of up to ten texts. */
static void expect(const char *name, const char *question, const char *const *strings, size_t count, const char *order) {
    overlap_text texts[10];
    overlap_rank ranks[10];
    uint64_t words = 0;
    char found[11] = {0};
    for (size_t i = 0; i < count; i++) {
        texts[i] = text(strings[i]);
    }
    if (overlap_order(text(question), texts, count, ranks, &words) != OVERLAP_OK) {
        printf("FAILED %s: no memory\n", name);
        failures++;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        found[i] = (char)('0' + ranks[i].index);
        if (!(ranks[i].score >= 0.0f && ranks[i].score < 1.0f) || (i > 0 && ranks[i].score > ranks[i - 1].score)) {
            printf("FAILED %s: score %f at %zu\n", name, (double)ranks[i].score, i);
            failures++;
        }
    }
    if (strcmp(found, order) != 0) {
        printf("FAILED %s: %s, and not %s\n", name, found, order);
        failures++;
    }
}

#define EXPECT(name, question, order, ...)                                                \
    do {                                                                                  \
        const char *const strings[] = {__VA_ARGS__};                                      \
        expect(name, question, strings, sizeof strings / sizeof *strings, order);         \
    } while (0)

/* Any bytes are read to their end and no further: each text lies in memory of exactly its size. */
static void any_bytes_are_safe(void) {
    uint32_t state = 1;
    for (int round = 0; round < 20000; round++) {
        uint8_t *parts[3];
        overlap_text texts[3];
        for (int i = 0; i < 3; i++) {
            state = state * 1664525u + 1013904223u;
            const size_t length = state >> 28;
            parts[i] = malloc(length ? length : 1);
            for (size_t at = 0; at < length; at++) {
                state = state * 1664525u + 1013904223u;
                parts[i][at] = (uint8_t)(state >> 24);
            }
            texts[i] = (overlap_text){parts[i], length};
        }
        overlap_rank ranks[2];
        uint64_t words;
        if (overlap_order(texts[0], texts + 1, 2, ranks, &words) != OVERLAP_OK || ranks[0].index + ranks[1].index != 1) {
            printf("FAILED any bytes\n");
            failures++;
        }
        for (int i = 0; i < 3; i++) {
            free(parts[i]);
        }
    }
}

int main(void) {
    EXPECT("shared words win", "how long is a pause", "120", "The car is red.", "A pause is as long as half an hour.", "A pause.");
    EXPECT("no shared word keeps the order", "zebra", "0123", "one", "two", "three", "four");
    EXPECT("a rare word beats a common one", "the garden", "210", "the car", "the the the", "garden");
    EXPECT("a short text beats a long one", "pause", "10", "pause and other things that take a while to say", "a pause");
    EXPECT("case does not count", "GRÖSSE ΣΟΦΟΣ ЁЖИК Łódź", "312045", "x", "łódź", "größe, grösse!", "ёжик — σοφος", "y", "ёж");
    EXPECT("quotes and dashes part words", "pause", "120", "pauses", "“pause”—now", "pause’s");
    EXPECT("characters without spaces are words", "猫", "10", "犬がいる", "黒猫がいる");
    EXPECT("broken UTF-8 parts words", "pause", "10", "x", "a\xffpause\xe2\x82");
    EXPECT("no question words", "?!", "01", "a", "b");
    expect("no text", "a", NULL, 0, "");
    any_bytes_are_safe();
    if (failures == 0) {
        printf("all passed\n");
    }
    return failures != 0;
}
