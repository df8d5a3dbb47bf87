#include "work.h"

#include <assert.h>
#include <string.h>

static void expect(const char *text, const char *expected) {
    uint8_t transformed[ROOM(100)];
    assert(strlen(text) <= 100);
    const size_t length = transform((const uint8_t *)text, strlen(text), transformed);
    assert(length == strlen(expected) && memcmp(transformed, expected, length) == 0);
}

int main(void) {
    expect("Write to\nanna@example.com  today.", "Write to\n[e-mail]  today.");
    expect("a@. a@.", "[e-mail] [e-mail]");
    const char *const kept[] = {"", " ", "no address", "@ at 5", "日本語\t🦀"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        expect(kept[i], kept[i]);
    }
    return 0;
}
