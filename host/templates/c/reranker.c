/* Serene's side of the stage: what it is called, what it takes, and when it refuses. */
#include "refusals.h"
#include "work.h"

#include <stdlib.h>

#define NAME "{{name}}"
#define VERSION "0.1.0"
/* What orders the texts. */
#define MODEL "common-words"

/* The most texts of one call, and the most tokens of the query and all texts: it counts none, so that is only what the caller is told. */
enum { MAX_TEXTS = 1000, MAX_CALL_TOKENS = 1000000 };

typedef exports_serene_reranker_reranker_context_t context;
typedef exports_serene_reranker_reranker_result_reranker_info_error_t info_result;
typedef exports_serene_reranker_reranker_result_reranking_error_t order_result;
typedef exports_serene_reranker_reranker_rank_t rank;
typedef reranker_stage_list_string_t list_of_texts;
typedef reranker_stage_string_t text;

reranker_stage_callback_code_t exports_serene_reranker_reranker_describe(context *ctx) {
    info_result result = {.is_err = false};
    result.val.ok.stage.name = string(NAME);
    result.val.ok.stage.version = string(VERSION);
    result.val.ok.model = string(MODEL);
    result.val.ok.max_texts = MAX_TEXTS;
    result.val.ok.max_call_tokens = MAX_CALL_TOKENS;
    exports_serene_reranker_reranker_describe_return(result);
    exports_serene_reranker_reranker_context_free(ctx);
    return RERANKER_STAGE_CALLBACK_CODE_EXIT;
}

static bool is_blank(const text *text) {
    size_t at = 0;
    while (at < text->len && (text->ptr[at] == ' ' || (text->ptr[at] >= '\t' && text->ptr[at] <= '\r'))) {
        at++;
    }
    return at == text->len;
}

/* Best first; texts of equal score stay as they were. */
static int by_score(const void *one, const void *other) {
    const rank *a = one, *b = other;
    if (a->score != b->score) {
        return a->score < b->score ? 1 : -1;
    }
    return (a->index > b->index) - (a->index < b->index);
}

/* `ranks` has room for MAX_TEXTS. */
static order_result order(const text *query, const list_of_texts *texts, const uint32_t *top_k, rank *ranks) {
    order_result result = {.is_err = true};
    if (is_blank(query)) {
        result.val.err = invalid("The query is empty.");
        return result;
    }
    if (texts->len > MAX_TEXTS) {
        result.val.err = too_large("The call has more than 1,000 texts.", MAX_TEXTS, texts->len);
        return result;
    }
    for (uint32_t i = 0; i < texts->len; i++) {
        const words read = {texts->ptr[i].ptr, texts->ptr[i].len};
        ranks[i] = (rank){i, score((words){query->ptr, query->len}, read)};
    }
    qsort(ranks, texts->len, sizeof *ranks, by_score);
    const size_t count = top_k != NULL && *top_k < texts->len ? *top_k : texts->len;
    result.is_err = false;
    result.val.ok.ranks = (exports_serene_reranker_reranker_list_rank_t){ranks, count};
    result.val.ok.model = string(MODEL);
    result.val.ok.tokens = 0;
    return result;
}

reranker_stage_callback_code_t exports_serene_reranker_reranker_rerank(context *ctx, text *query, list_of_texts *texts, uint32_t *maybe_top_k) {
    rank ranks[MAX_TEXTS];
    exports_serene_reranker_reranker_rerank_return(order(query, texts, maybe_top_k, ranks));
    /* The result is copied out by now. What came in is this stage's to free. */
    reranker_stage_list_string_free(texts);
    reranker_stage_string_free(query);
    exports_serene_reranker_reranker_context_free(ctx);
    return RERANKER_STAGE_CALLBACK_CODE_EXIT;
}

/* Nothing here waits, so nobody calls back. */
reranker_stage_callback_code_t exports_serene_reranker_reranker_describe_callback(reranker_stage_event_t *event) {
    return RERANKER_STAGE_CALLBACK_CODE_EXIT;
}

reranker_stage_callback_code_t exports_serene_reranker_reranker_rerank_callback(reranker_stage_event_t *event) {
    return RERANKER_STAGE_CALLBACK_CODE_EXIT;
}
