#include "work.h"

#include <assert.h>
#include <string.h>

static float scored(const char *query, const char *text) {
    return score((words){(const uint8_t *)query, strlen(query)}, (words){(const uint8_t *)text, strlen(text)});
}

int main(void) {
    assert(scored("Who waited?", "Anna waited.") == 0.5f);
    assert(scored("who WHO waited", "Who waited") == 1.0f);
    assert(scored("Who waited?", "Nobody.") == 0.0f);
    assert(scored("wait", "waited") == 0.0f);
    assert(scored("?", "Anna") == 0.0f);
    return 0;
}
