#!/bin/sh
# Reconciles a running Serene, page after page: sh reconcile.sh http://127.0.0.1:3000
# Needs curl. With authentication: the key in SERENE_API_KEY. Ends with 1 when something is left to be done, or could not be.
set -eu

url=${1:?usage: reconcile.sh URL}
cursor= open=0
while :; do
    # The key goes through standard input, so that no list of processes shows it.
    page=$(printf '%s' "${SERENE_API_KEY:+header = \"Authorization: Bearer $SERENE_API_KEY\"}" |
        curl --config - --silent --show-error --fail-with-body --max-time 3600 \
            --retry 5 --retry-connrefused --header 'Content-Type: application/json' \
            --data "{${cursor:+\"cursor\": \"$cursor\"}}" "$url/v1/reconcile") || {
        status=$?
        printf '%s\n' "$page"
        exit "$status"
    }
    printf '%s\n' "$page"
    found=$(printf '%s' "$page" | grep -oE '"resolution":"(left|failed)"' | wc -l)
    open=$((open + found))
    cursor=$(printf '%s' "$page" | sed -n 's/.*"next_cursor":"\([A-Za-z0-9_-]*\)".*/\1/p')
    [ -n "$cursor" ] || break
done
[ "$open" -eq 0 ]
