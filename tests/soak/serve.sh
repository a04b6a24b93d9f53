#!/usr/bin/env bash
# Asks a server REQUESTS questions [200] from CLIENTS clients [8] at once, by Debian's ab,
# after as many that are not looked at. Passes if each is answered, and if the server's
# memory is then what it was before, but for GROWTH percent [10]; time decides nothing.
#   PIPE, TOYBAND name the built programs
. "$(dirname "$0")/../e2e/common.sh"
requests=${REQUESTS:-200}
clients=${CLIENTS:-8}
growth=${GROWTH:-10}
cd "$work" || exit 1
need_serve

yes_ "toyband" "$TOYBAND" --out band --videos 1 --seed 31 --quiet
"$PIPE" serve band/videos/00000000.mp4 --model toyband --listen 127.0.0.1:0 >address 2>log &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 600); do
    [ -s address ] && break
    sleep 0.1
done
at=$(sed 's,/$,,' address)
id=$(curl -s "$at/api/status" | jq -r '.examples[0].id')
printf '{"clip":"%s","question":"which instrument sounds first?"}' "$id" >question.json
is "one" "$(curl -s -o one -w '%{http_code}' -X POST -d @question.json "$at/api/ask")" 201

# load: asks them all; the server's resident kB
load() {
    ab -q -l -s 300 -n "$requests" -c "$clients" -p question.json -T application/json "$at/api/ask" >ab.out 2>&1
    is "all came" "$(awk '/^Complete requests:/ {print $3}' ab.out)" "$requests"
    is "none failed" "$(awk '/^Failed requests:/ {print $3}' ab.out)" 0
    is "each was answered" "$(awk '/^Non-2xx responses:/ {print $3}' ab.out)" ""
    kb=$(awk '/^VmRSS/ {print $2}' "/proc/$server/status")
}
load
before=$kb
load
echo "$requests requests from $clients clients: $(awk '/^Requests per second/ {print $4}' ab.out) a second," \
    "95 % within $(awk '$1 == "95%" {print $2}' ab.out) ms; $before kB before, $kb kB after"
yes_ "memory is flat" [ "$((kb * 100))" -le "$((before * (100 + growth)))" ]
is "the thread has each" "$(curl -s "$at/api/clips/$id/asks" | jq length)" $((2 * requests + 1))
kill -TERM $server
wait $server
is "ends as asked" $? 75
finish
