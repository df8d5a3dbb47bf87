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
static order_result refusal(uint8_t tag, const char *message, serene_types_types_pair_t *limit) {
    order_result result = {.is_err = true};
    result.val.err.tag = tag;
    /* Every case used here holds a fault at the same place. */
    result.val.err.val.invalid.message = string(message);
    result.val.err.val.invalid.extras = (serene_types_types_list_pair_t){limit, limit == NULL ? 0 : 1};
    return result;
}

/* `ranks` has room for each of the texts. */
static order_result order(overlap_text query, const overlap_text *texts, size_t count, rank *ranks) {
    static serene_types_types_pair_t texts_limit, tokens_limit;
    texts_limit = (serene_types_types_pair_t){string("limit"), string("1000")};
    tokens_limit = (serene_types_types_pair_t){string("limit"), string("1000000")};
    uint64_t words = 0;
    if (count > MAX_TEXTS) {
        return refusal(SERENE_TYPES_TYPES_ERROR_TOO_LARGE, "The call has more than 1,000 texts. Split it.", &texts_limit);
    }
    if (ranks == NULL || overlap_order(query, texts, count, (overlap_rank *)ranks, &words) != OVERLAP_OK) {
        return refusal(SERENE_TYPES_TYPES_ERROR_FAILED, "The reranker has no memory left.", NULL);
    }
    if (words > MAX_CALL_TOKENS) {
        return refusal(SERENE_TYPES_TYPES_ERROR_TOO_LARGE, "The texts have more than 1,000,000 words. Split the call.", &tokens_limit);
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
        result = refusal(SERENE_TYPES_TYPES_ERROR_INVALID, "The query is empty.", NULL);
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
