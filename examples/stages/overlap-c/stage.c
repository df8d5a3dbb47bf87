/* The component: overlap.c behind `serene:reranker`. */
#include "overlap.h"
#include "reranker_stage.h"

#include <stdlib.h>

/* What was ordered is told apart by these: give a changed stage a new version, or another name. */
#define NAME "reranker-overlap"
#define VERSION "0.1.0"
#define MODEL "word-overlap-1"

enum { MAX_TEXTS = 1000, MAX_CALL_TOKENS = 1000000 };

typedef exports_serene_reranker_reranker_context_t context;
typedef exports_serene_reranker_reranker_result_reranker_info_error_t info_result;
typedef exports_serene_reranker_reranker_result_reranking_error_t order_result;
typedef exports_serene_reranker_reranker_list_rank_t list_of_ranks;
typedef exports_serene_reranker_reranker_rank_t rank;

/* Both begin with the same two fields of the same types, so one array is filled and handed over. */
_Static_assert(sizeof(rank) == sizeof(overlap_rank) && sizeof(overlap_text) == sizeof(reranker_stage_string_t), "same layout");

static reranker_stage_string_t string(const char *literal) {
    reranker_stage_string_t made;
    reranker_stage_string_set(&made, literal);
    return made;
}

reranker_stage_callback_code_t exports_serene_reranker_reranker_describe(context *ctx) {
    exports_serene_reranker_reranker_context_free(ctx);
    info_result result = {.is_err = false};
    result.val.ok.stage.name = string(NAME);
    result.val.ok.stage.version = string(VERSION);
    result.val.ok.model = string(MODEL);
    result.val.ok.max_texts = MAX_TEXTS;
    result.val.ok.max_call_tokens = MAX_CALL_TOKENS;
    exports_serene_reranker_reranker_describe_return(result);
    return RERANKER_STAGE_CALLBACK_CODE_EXIT;
}

/* An error of a case whose value is a fault. What it says is static, so nothing of it is freed. */
static order_result refusal(uint8_t tag, const char *message) {
    order_result result = {.is_err = true};
    result.val.err.tag = tag;
    /* Every case used here holds a fault at the same place. */
    result.val.err.val.invalid.message = string(message);
    return result;
}

enum { DIGITS = 20 };

/* `room` holds the digits, right-aligned, and what ends them. */
static const char *in_digits(uint64_t number, char room[DIGITS + 1]) {
    char *at = room + DIGITS;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return at;
}

static order_result too_large(const char *message, uint64_t limit, uint64_t actual) {
    /* They are copied out of the component before there are others. */
    static char limit_digits[DIGITS + 1], actual_digits[DIGITS + 1];
    static serene_types_types_pair_t extras[2];
    extras[0] = (serene_types_types_pair_t){string("limit"), string(in_digits(limit, limit_digits))};
    extras[1] = (serene_types_types_pair_t){string("actual"), string(in_digits(actual, actual_digits))};
    order_result result = refusal(SERENE_TYPES_TYPES_ERROR_TOO_LARGE, message);
    result.val.err.val.too_large.extras.ptr = extras;
    result.val.err.val.too_large.extras.len = 2;
    return result;
}

/* `ranks` has room for each of the texts. */
static order_result order(overlap_text query, const overlap_text *texts, size_t count, rank *ranks) {
    uint64_t words = 0;
    if (count > MAX_TEXTS) {
        return too_large("The call has more than 1,000 texts. Split it.", MAX_TEXTS, count);
    }
    if (ranks == NULL || overlap_order(query, texts, count, (overlap_rank *)ranks, &words) != OVERLAP_OK) {
        return refusal(SERENE_TYPES_TYPES_ERROR_FAILED, "The reranker has no memory left.");
    }
    if (words > MAX_CALL_TOKENS) {
        return too_large("The texts have more than 1,000,000 words. Split the call.", MAX_CALL_TOKENS, words);
    }
    order_result result = {.is_err = false};
    result.val.ok.ranks = (list_of_ranks){ranks, count};
    result.val.ok.model = string(MODEL);
    result.val.ok.tokens = words;
    return result;
}

/* Whether there is nothing but ASCII white space. */
static bool is_blank(const reranker_stage_string_t *text) {
    size_t at = 0;
    while (at < text->len && (text->ptr[at] == ' ' || (text->ptr[at] >= '\t' && text->ptr[at] <= '\r'))) {
        at++;
    }
    return at == text->len;
}

reranker_stage_callback_code_t exports_serene_reranker_reranker_rerank(context *ctx, reranker_stage_string_t *query,
                                                                       reranker_stage_list_string_t *texts, uint32_t *maybe_top_k) {
    order_result result;
    rank *ranks = NULL;
    if (is_blank(query)) {
        result = refusal(SERENE_TYPES_TYPES_ERROR_INVALID, "The query is empty.");
    } else {
        ranks = malloc((texts->len + 1) * sizeof *ranks);
        const overlap_text question = {query->ptr, query->len};
        result = order(question, (const overlap_text *)texts->ptr, texts->len, ranks);
        if (!result.is_err && maybe_top_k != NULL && *maybe_top_k < result.val.ok.ranks.len) {
            result.val.ok.ranks.len = *maybe_top_k;
        }
    }
    /* The result is copied out here; what came in and what was made is this stage's to free. */
    exports_serene_reranker_reranker_rerank_return(result);
    free(ranks);
    exports_serene_reranker_reranker_context_free(ctx);
    reranker_stage_list_string_free(texts);
    reranker_stage_string_free(query);
    return RERANKER_STAGE_CALLBACK_CODE_EXIT;
}

/* Nothing here waits, so nobody calls back. */
reranker_stage_callback_code_t exports_serene_reranker_reranker_describe_callback(reranker_stage_event_t *event) {
    return RERANKER_STAGE_CALLBACK_CODE_EXIT;
}

reranker_stage_callback_code_t exports_serene_reranker_reranker_rerank_callback(reranker_stage_event_t *event) {
    return RERANKER_STAGE_CALLBACK_CODE_EXIT;
}
