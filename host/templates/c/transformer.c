/* Serene's side of the stage: what it is called, what it takes, and when it refuses. */
#include "refusals.h"
#include "work.h"

#include <stdlib.h>

#define NAME "{{name}}"
/* What Serene computed with another version is computed again: raise it when the results change. */
#define VERSION "0.1.0"

/* The most texts of one call, of which Serene makes several for more; and the largest text. */
enum { MAX_TEXTS = 64, MAX_TEXT_BYTES = 4 * 1024 * 1024 };

typedef exports_serene_transformer_transformer_context_t context;
typedef exports_serene_transformer_transformer_result_transformer_info_error_t info_result;
typedef exports_serene_transformer_transformer_result_list_string_error_t texts_result;
typedef transformer_stage_list_string_t list_of_texts;
typedef transformer_stage_string_t text;

transformer_stage_callback_code_t exports_serene_transformer_transformer_describe(context *ctx) {
    info_result result = {.is_err = false};
    result.val.ok.stage.name = string(NAME);
    result.val.ok.stage.version = string(VERSION);
    result.val.ok.max_texts = MAX_TEXTS;
    result.val.ok.max_text_bytes = MAX_TEXT_BYTES;
    exports_serene_transformer_transformer_describe_return(result);
    exports_serene_transformer_transformer_context_free(ctx);
    return TRANSFORMER_STAGE_CALLBACK_CODE_EXIT;
}

/* `made` has room for as many texts, and counts those that are in it. */
static texts_result transformed(const list_of_texts *texts, list_of_texts *made) {
    texts_result refused = {.is_err = true};
    if (texts->len > MAX_TEXTS) {
        refused.val.err = too_large("The call has more than 64 texts.", MAX_TEXTS, texts->len);
        return refused;
    }
    for (size_t i = 0; i < texts->len; i++) {
        const text from = texts->ptr[i];
        if (from.len > MAX_TEXT_BYTES) {
            refused.val.err = too_large("A text has more than 4 MiB.", MAX_TEXT_BYTES, from.len);
            return refused;
        }
        uint8_t *to = malloc(ROOM(from.len));
        if (to == NULL) {
            refused.val.err = out_of_memory();
            return refused;
        }
        made->ptr[made->len++] = (text){to, transform(from.ptr, from.len, to)};
    }
    return (texts_result){.is_err = false, .val = {.ok = *made}};
}

transformer_stage_callback_code_t exports_serene_transformer_transformer_transform(context *ctx, text *kind, list_of_texts *texts) {
    text room[MAX_TEXTS];
    list_of_texts made = {room, 0};
    exports_serene_transformer_transformer_transform_return(transformed(texts, &made));
    /* The result is copied out by now. What came in and what was made is this stage's to free. */
    for (size_t i = 0; i < made.len; i++) {
        free(made.ptr[i].ptr);
    }
    transformer_stage_list_string_free(texts);
    transformer_stage_string_free(kind);
    exports_serene_transformer_transformer_context_free(ctx);
    return TRANSFORMER_STAGE_CALLBACK_CODE_EXIT;
}

/* Nothing here waits, so nobody calls back. */
transformer_stage_callback_code_t exports_serene_transformer_transformer_describe_callback(transformer_stage_event_t *event) {
    return TRANSFORMER_STAGE_CALLBACK_CODE_EXIT;
}

transformer_stage_callback_code_t exports_serene_transformer_transformer_transform_callback(transformer_stage_event_t *event) {
    return TRANSFORMER_STAGE_CALLBACK_CODE_EXIT;
}
