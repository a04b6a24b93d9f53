#!/usr/bin/env bash
# serve: the API over HTTP, as curl sees it.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$work" || exit 1
export AVQA_MODEL=toyband
need_serve

# start OPTIONS...: a server on a free port; its address in $at
start() {
    : >address
    "$PIPE" serve --listen 127.0.0.1:0 --no-examples "$@" >address 2>log &
    server=$!
    for _ in $(seq 600); do
        [ -s address ] && break
        kill -0 $server 2>/dev/null || break
        sleep 0.1
    done
    at=$(sed 's,/[^/]*$,,' address)
}
# stop: asks it to end; its status goes to $ended
stop() {
    kill -TERM "$server"
    wait "$server"
    ended=$?
}
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT

# code CURL-ARGUMENTS...: the status; the body goes to body, the headers to head
code() { curl -s -o body -D head -w '%{http_code}' "$@"; }
# has HEADER: of the last reply
has() { grep -i "^$1: " head | tr -d '\r' | cut -d' ' -f2-; }
post() { # PATH JSON
    code -X POST -H 'Content-Type: application/json' -d "$2" "$at$1"
}
error_is() { jq -r .error body | grep -q -- "$1"; }
id_of() { sha256sum "$1" | cut -c1-16; }
# events ID: until they end
events() { curl -sN --max-time 300 "$at/api/clips/$1/events"; }

yes_ "toyband" "$TOYBAND" --out band --videos 5 --seed 31 --quiet
clip=band/videos/00000000.mp4
second=band/videos/00000001.mp4
third=band/videos/00000002.mp4
id=$(id_of $clip)

# ---- what it is ----
start
is "status" "$(code "$at/api/status")" 200
yes_ "says what it asks" jq -e '.version and .models[0].name == "toyband" and .models[0].default and
    (.models[0].questions | length) > 5 and (.models[0].answers | index("violin")) and
    (.models[0].networks | length) == 2 and .limits.asks_at_once == 16 and .examples == []' body
yes_ "no slots are left" jq -e '.models[0].questions | all(test("[<>]") | not)' body
is "type" "$(has Content-Type)" application/json
is "no sniffing" "$(has X-Content-Type-Options)" nosniff
yes_ "only its own" grep -q "default-src 'self'; media-src 'self' blob:; img-src 'self' data: blob:" <<<"$(has Content-Security-Policy)"
is "page" "$(code "$at/")" 200
is "is HTML" "$(has Content-Type)" "text/html; charset=utf-8"
yes_ "a whole one" grep -q '</html>' body
is "style" "$(code "$at/page.css")" 200
is "script" "$(code "$at/page.js")" 200
is "nothing" "$(code "$at/api/nothing")" 404
yes_ "says so" error_is "nothing here"
is "no such way" "$(code -X PUT -d x "$at/api/status")" 405
is "head" "$(code -I "$at/api/status")" 200

# ---- every path of the description is there ----
is "description" "$(code "$at/api/openapi.json")" 200
cp body api.json
yes_ "is OpenAPI 3.1" jq -e '.openapi == "3.1.0"' api.json
n=0
while read -r path method; do
    n=$((n + 1))
    is "$method $path" "$(timeout 20 curl -s -X "${method^^}" "$at$(sed 's/{file}/page.css/; s/{[^}]*}/7/g' <<<"$path")" | grep -c 'nothing here\|cannot be done here')" 0
done < <(jq -r '.paths | to_entries[] | .key as $p | .value | keys[] | "\($p) \(.)"' api.json)
is "as many as routes" "$n" "$(grep -c '^    {AQ_HTTP_' "$here/../../pipeline/serve/routes.c")"
yes_ "no reference leads nowhere" jq -e '. as $r | [.. | ."$ref"? // empty | ltrimstr("#/components/schemas/")] |
    all(. as $n | $r.components.schemas | has($n))' api.json

# ---- who may ask ----
is "another name" "$(code -H 'Host: evil.example' "$at/api/status")" 403
is "another port" "$(code -H 'Host: 127.0.0.1:1' "$at/")" 403
is "no name" "$(code -H 'Host:' "$at/api/status")" 400
is "another site" "$(code -H 'Origin: http://evil.example' "$at/api/status")" 403
is "another site's clip" "$(code -H 'Origin: http://evil.example' --data-binary @$clip "$at/api/clips")" 403
is "no site" "$(code -H 'Origin: null' "$at/api/status")" 403
is "its own site" "$(code -H "Origin: $at" "$at/api/status")" 200
is "by name" "$(code -H "Host: localhost:${at##*:}" "$at/api/status")" 200
is "a picture elsewhere" "$(code -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: no-cors' "$at/api/clips")" 403
is "a link elsewhere" "$(code -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: navigate' "$at/")" 200
is "nothing came" "$(curl -s "$at/api/clips" | jq length)" 0

# ---- a clip ----
is "a clip" "$(code --data-binary @$clip "$at/api/clips?name=two%20bands.mp4")" 201
is "its ID" "$(jq -r .id body)" "$id"
is "its name" "$(jq -r .name body)" "two bands.mp4"
events "$id" >told
is "stages" "$(grep -A1 '^event: stage' told | sed -n 's/^data: //p' | jq -r .stage | sort -u | paste -sd' ')" "decode picture sound"
is "all is done" "$(sed -n 's/^data: //p' told | jq -s 'map(select(.stage and .total > 0)) | group_by(.stage) | map(max_by(.done) | .done == .total) | all')" true
is "ready at the end" "$(grep '^event:' told | tail -1)" "event: ready"
is "once more" "$(code --data-binary @$clip "$at/api/clips?name=x.mp4")" 200
is "one clip" "$(curl -s "$at/api/clips" | jq length)" 1
code "$at/api/clips/$id" >/dev/null
yes_ "its facts" jq -e '.state == "ready" and .seconds == 10 and .video.codec == "h264" and .video.width > 0 and
    .video.fps > 0 and .audio.rate > 0 and .audio.channels > 0 and .bytes == $n' --argjson n "$(stat -c %s $clip)" body
yes_ "its sound" jq -e '(.peaks | length) == 20 * .seconds and (.peaks | all(. >= 0 and . <= 1) and max > 0.01)' \
    <(curl -s "$at/api/clips/$id/sound")
is "no such clip" "$(code "$at/api/clips/0123456789abcdef")" 404
is "no path" "$(code --path-as-is "$at/api/clips/../../etc")" 404
is "an empty one" "$(code -X POST "$at/api/clips")" 400

# ---- its file ----
is "the file" "$(code "$at/api/clips/$id/media")" 200
yes_ "as it was" cmp body $clip
is "its type" "$(has Content-Type)" video/mp4
is "parts" "$(has Accept-Ranges)" bytes
is "a part" "$(code -H 'Range: bytes=1000-1999' "$at/api/clips/$id/media")" 206
yes_ "those bytes" cmp body <(tail -c +1001 $clip | head -c 1000)
is "which" "$(has Content-Range)" "bytes 1000-1999/$(stat -c %s $clip)"
is "the end" "$(code -H 'Range: bytes=-7' "$at/api/clips/$id/media")" 206
yes_ "those at the end" cmp body <(tail -c 7 $clip)
is "beyond" "$(code -H 'Range: bytes=999999999-' "$at/api/clips/$id/media")" 416
is "how large it is" "$(has Content-Range)" "bytes */$(stat -c %s $clip)"

# ---- a broken one ----
head -c 30000 /dev/urandom >broken.mp4
is "a broken clip" "$(code --data-binary @broken.mp4 "$at/api/clips?name=broken.mp4")" 201
bad=$(id_of broken.mp4)
is "fails" "$(events "$bad" | grep '^event:' | tail -1)" "event: failed"
yes_ "says why, by its name" jq -e '.state == "failed" and (.error | startswith("broken.mp4: ")) and (.error | length) > 20' <(curl -s "$at/api/clips/$bad")
is "asked about it" "$(post /api/ask "{\"clip\":\"$bad\",\"question\":\"which instrument sounds first?\"}")" 422
is "no sound" "$(code "$at/api/clips/$bad/sound")" 409
head -c 20000 $clip >cut.mp4
is "a cut clip" "$(code --data-binary @cut.mp4 "$at/api/clips")" 201
yes_ "ends somehow" grep -q 'event: \(ready\|failed\)' <(events "$(id_of cut.mp4)")
is "away with it" "$(code -X DELETE "$at/api/clips/$bad")" 204
is "is gone" "$(code "$at/api/clips/$bad")" 404
is "its folder too" "$(find cache/avqa-pipe/clips -name "$bad*" | wc -l)" 0

# ---- a question ----
question="which instrument sounds first?"
is "asked" "$(post /api/ask "{\"clip\":\"$id\",\"question\":\"$question\"}")" 201
cp body first.json
yes_ "the answer" jq -e '.n == 1 and .clip == $id and .model == "toyband" and .time > 0 and .seconds_taken > 0 and
    (.answer.top | length) == 5 and .answer.occlusion.cells == null' --arg id "$id" first.json
"$PIPE" ask $clip "$question" --json --top 5 >alone.json 2>/dev/null
same='del(.clip, .model, .grid_part)'
is "as ask gives it" "$(jq -S ".answer | $same" first.json | sha256sum)" "$(jq -S "$same" alone.json | sha256sum)"
is "explained" "$(post /api/ask "{\"clip\":\"$id\",\"question\":\"$question\",\"explain\":true}")" 201
yes_ "with cells" jq -e '.n == 2 and (.answer.occlusion.cells | length) > 3 and (.answer.occlusion.grid | length) == 10' body
is "with a clip" "$(code -F "clip=@$second" -F "question=how many instruments do we see?" "$at/api/ask")" 201
yes_ "of that clip" jq -e '.clip == $id and .n == 1' --arg id "$(id_of $second)" body
is "in a form, by its ID" "$(code -F "clip=$id" -F "question=where is this?" "$at/api/ask")" 201
is "thread" "$(curl -s "$at/api/clips/$id/asks" | jq -c '[.[] | .n]')" '[1,2,3]'
is "one of it" "$(curl -s "$at/api/clips/$id/asks/1" | jq -S . | sha256sum)" "$(jq -S . first.json | sha256sum)"
is "none of it" "$(code "$at/api/clips/$id/asks/9")" 404
is "no number" "$(code "$at/api/clips/$id/asks/x")" 400
is "search" "$(curl -s "$at/api/asks?q=SEE" | jq -r '.[] | .question')" "how many instruments do we see?"
is "search finds nothing" "$(curl -s "$at/api/asks?q=penguin")" "[]"
yes_ "the newest first" jq -e 'length == 4 and .[0].clip_name == "two bands.mp4"' <(curl -s "$at/api/asks")

# ---- no question ----
for bad in '{' '[]' '{}' '{"clip":7,"question":"x"}' "{\"clip\":\"$id\"}" "{\"clip\":\"$id\",\"question\":\"?\"}" \
    '{"question":"where is this?"}' "{\"clip\":\"$id\",\"question\":\"where?\",\"choices\":[\"a\"]}" \
    "{\"clip\":\"$id\",\"question\":\"$(printf 'a%.0s' $(seq 2100))\"}"; do
    is "no question: ${bad:0:60}" "$(post /api/ask "$bad")" 400
    yes_ "is told" error_is .
done
is "no such clip" "$(post /api/ask "{\"clip\":\"x\",\"question\":\"$question\"}")" 404
is "no such model" "$(post /api/ask "{\"clip\":\"$id\",\"question\":\"$question\",\"model\":\"x\"}")" 404
is "too long" "$(head -c 100000 /dev/zero | tr '\0' ' ' | code --data-binary @- "$at/api/ask")" 413
is "no form" "$(code -H 'Content-Type: multipart/form-data' -d x "$at/api/ask")" 400

# ---- words ----
is "words" "$(post /api/words '{"question":"who plays the violn, xyzzyq?"}')" 200
is "which are known" "$(jq -c '[.words[] | [.word, .known, .nearest]]' body)" \
    '[["who",true,null],["plays",true,null],["the",true,null],["violn",false,"violin"],["xyzzyq",false,null]]'
is "no words" "$(post /api/words '{"question":7}')" 400

# ---- files, and judgements ----
is "as JSON" "$(code "$at/api/clips/$id/export?ask=1&as=json")" 200
is "to be saved" "$(has Content-Disposition)" "attachment; filename=\"$id-1.json\""
is "the same" "$(jq -S . body | sha256sum)" "$(jq -S . first.json | sha256sum)"
is "as a page" "$(code "$at/api/clips/$id/export?ask=1&as=html")" 200
is "is a page" "$(has Content-Disposition)" "attachment; filename=\"$id-1.html\""
yes_ "about the question" grep -q "<title>$question" body
yes_ "a whole page" grep -q '</html>' body
is "of nothing" "$(code "$at/api/clips/$id/export?ask=99")" 404
is "as what" "$(code "$at/api/clips/$id/export?ask=1&as=pdf")" 400
judge() { post /api/feedback "{\"clip\":\"$id\",\"ask\":1,$1}"; }
is "right" "$(judge '"verdict":"right"')" 204
is "wrong, and what is right" "$(judge '"verdict":"wrong","right_answer":"a \"drum\""')" 204
is "wrong" "$(judge '"verdict":"wrong"')" 204
is "neither" "$(judge '"verdict":"maybe"')" 400
rows=data/avqa-pipe/feedback.csv
is "rows" "$(wc -l <$rows)" 4
is "as annotations, but for one" "$(status "$PIPE" data check $rows --json)" 3
yes_ "which lacks what is right" jq -se '.[0].questions == 2 and .[0].files[0].malformed == 1' out
python3 - $rows "$id" <<'END'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
assert [r["video_id"] for r in rows] == [sys.argv[2]] * 3, rows
assert rows[0]["answer"] == rows[0]["given"] != "", rows
assert rows[1]["answer"] == 'a "drum"' and rows[2]["answer"] == "", rows
END
is "a CSV reader reads them" $? 0

# ---- runs ----
"$PIPE" ingest band/videos >/dev/null 2>&1
is "runs" "$(code "$at/api/runs")" 200
is "as runs ls" "$(jq -c '.[]' body | jq -S . | sha256sum)" "$("$PIPE" runs ls --json | jq -S . | sha256sum)"
is "one run" "$(code "$at/api/runs/1")" 200
is "none" "$(code "$at/api/runs/99")" 404
is "its end" "$(curl -sN --max-time 60 "$at/api/runs/1/events" | head -2 | paste -sd' ')" 'event: end data: {"status":"done"}'

"$PIPE" train --annotations band/train.json --network linear --epochs 3 --out l.safetensors >/dev/null 2>&1
curl -sN --max-time 60 "$at/api/runs/2/events" >told
is "points" "$(grep -c '^event: point' told)" 3
yes_ "of its curve" jq -se '.[0].epoch == 1 and .[2].epoch == 3 and .[3].status == "done"' <(sed -n 's/^data: //p' told)

# ---- two at once, and one that is slow ----
exec 7<>"/dev/tcp/127.0.0.1/${at##*:}"
printf 'POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Length: 500\r\n\r\n{"clip"' "${at##*:}" >&7
exec 8<>"/dev/tcp/127.0.0.1/${at##*:}"
printf 'GET /api/st' >&8
for k in 1 2 3 4 5 6; do
    for c in $clip $second $third; do
        curl -sf --retry 60 -F "clip=@$c" -F "question=$question" "$at/api/ask" |
            jq -c '[.clip, .answer.top]' >"answer.$(basename "$c").$k" &
        pids[$((k * 3))${c: -5:1}]=$!
    done
done
for p in "${pids[@]}"; do wait "$p"; done
for c in $clip $second $third; do
    is "six answers about $c are one" "$(sort -u answer."$(basename "$c")".* | wc -l)" 1
    is "of it" "$(jq -r '.[0]' answer."$(basename "$c")".1)" "$(id_of "$c")"
done
is "it lives" "$(code "$at/api/status")" 200
exec 7<&- 8<&-

# ---- requests that nobody should send ----
yes_ "junk does no harm" python3 "$here/serve_junk.py" "${at##*:}" 400 "$id"
is "it lives still" "$(code "$at/api/status")" 200

# ---- a request to stop ----
stop
is "ends as asked" "$ended" 75
# Of the next servers, clips are read when the test lets them: nothing depends on time.
cat >held <<END
#!/bin/bash
until [ -e "$work/go" ]; do sleep 0.05; done
exec "$(dirname "$PIPE")/avqa-decoder" "\$@"
END
chmod +x held
export AVQA_DECODER=$work/held
# until COMMAND...: succeeds, for a minute at most
until_() {
    for _ in $(seq 600); do
        "$@" && return
        sleep 0.1
    done
    return 1
}
code_is() { [ "$1" = "$(code "${@:2}")" ]; }
state_is() { [ "$2" = "$(curl -s "$at/api/clips/$1" | jq -r .state)" ]; }
# late N CURL-ARGUMENTS...: asks beside the test; the status goes to late.N, the headers to late.head.N
late() {
    curl -s -o "late.body.$1" -D "late.head.$1" -w '%{http_code}' "${@:2}" "$at/api/ask" >"late.$1" &
    late[$1]=$!
}
start --asks 4
unasked=$(id_of band/videos/00000004.mp4)
last=$(id_of band/videos/00000003.mp4)
is "a clip that nobody asks about" "$(code --data-binary @band/videos/00000004.mp4 "$at/api/clips")" 201
yes_ "is being read" until_ state_is "$unasked" working
curl -sN --max-time 100 "$at/api/clips/$unasked/events" >/dev/null &
# --retry: a question may find the place taken by the test's own look whether all are.
for k in 1 2 3; do late "$k" --retry 60 -F clip=@band/videos/00000003.mp4 -F "question=$question" -F explain=true; done
late 4 --retry 60 -F clip=@broken.mp4 -F "question=$question"
yes_ "four questions wait for clips behind it" until_ code_is 503 -d '{}' "$at/api/ask"
kill -TERM "$server"
yes_ "what is new is refused" until_ code_is 503 "$at/api/status"
yes_ "is told when to come back" [ "$(has Retry-After)" -gt 0 ]
yes_ "and why" error_is "about to end"
is "clips too" "$(code --data-binary @$clip "$at/api/clips")" 503
yes_ "nobody waits for the first clip" until_ grep -q "clip $unasked: left unread" log
is "none was answered before" "$(cat late.[1-4])" ""
touch go
for k in 1 2 3; do
    wait "${late[k]}"
    yes_ "what waited for a clip is answered ($(cat "late.$k" "late.body.$k"))" [ "$(cat "late.$k")" = 201 ]
done
wait "${late[4]}"
yes_ "or told that it cannot be read ($(cat late.4 late.body.4))" [ "$(cat late.4)" = 422 ]
wait "$server"
is "then it ends" $? 75
rm go

# ---- and no time for what waits ----
start --grace 0
late 5 -F clip=@band/videos/00000004.mp4 -F "question=$question"
yes_ "a question waits" until_ state_is "$unasked" working
stop
is "ends as asked" "$ended" 75
wait "${late[5]}"
yes_ "it is told ($(cat late.5 late.body.5))" [ "$(cat late.5)" = 503 ]
yes_ "why" grep -q "the server ended before" late.body.5
yes_ "and when to come back" grep -qi '^retry-after: [1-9]' late.head.5
unset AVQA_DECODER

# ---- the next server has it all ----
start
is "clips" "$(curl -s "$at/api/clips" | jq length)" 7
is "the thread of the last minute" "$(curl -s "$at/api/clips/$last/asks" | jq length)" 3
is "what nobody asked about was left unread" "$(curl -s "$at/api/clips/$unasked" | jq -c '[.state, .seconds]')" '["new",null]'
is "threads" "$(curl -s "$at/api/clips/$id/asks" | jq '.[0].question')" "\"$question\""
is "new, until it is needed" "$(curl -s "$at/api/clips/$id" | jq -r .state)" new
is "asked again" "$(post /api/ask "{\"clip\":\"$id\",\"question\":\"$question\"}")" 201
is "the same" "$(jq -S '.answer.top' body | sha256sum)" "$(jq -S '.answer.top' first.json | sha256sum)"
is "another on the same clips" "$(status "$PIPE" serve --listen 127.0.0.1:0)" 1
yes_ "is told" grep -q "another server keeps its clips there" err
is "on the same port" "$(status "$PIPE" serve --listen "127.0.0.1:${at##*:}" --clips elsewhere)" 1
yes_ "is told why" grep -q "cannot listen on 127.0.0.1 port ${at##*:}" err
stop
is "ends" "$ended" 75

# ---- evaluations ----
mkdir evals
"$PIPE" eval --annotations band/test.json --model toyband --predictions evals/toyband.csv >/dev/null 2>&1
echo "a,b" >evals/other.csv
start --evals evals
yes_ "the one that is one" jq -e 'length == 1 and .[0].id == "toyband" and .[0].n > 0 and .[0].accuracy >= 0' <(curl -s "$at/api/evals")
yes_ "the other is told" grep -q "other.csv: this is no file of" log
is "one" "$(code "$at/api/evals/toyband")" 200
yes_ "adds up" jq -e '(.confusion.counts | map(add) | add) == .n and (.records | length) == .n and
    ([.records[] | select(.right == .given)] | length) == ([.records[] | select(.is_right)] | length) and
    (.confusion.answers | length) == (.confusion.counts | length)' body
is "none" "$(code "$at/api/evals/nothing")" 404
is "no path" "$(code --path-as-is "$at/api/evals/..%2f..%2ftoken")" 404
is "no file of an evaluation" "$(code "$at/api/evals/other")" 400
stop
is "ends" "$ended" 75

# ---- examples, limits, another model ----
cp "$(dirname "$PIPE")/../model/default/toyband.safetensors" own.safetensors
start $clip --upload-mb 1 --clips-mb 2 --clips small --model toyband --model own.safetensors
yes_ "an example" jq -e '.examples[0].id == $id and .examples[0].title == "00000000.mp4" and
    ([.models[] | .name] == ["toyband", "own"]) and (.models[1].default | not)' --arg id "$id" <(curl -s "$at/api/status")
is "stays" "$(code -X DELETE "$at/api/clips/$id")" 409
is "the other model" "$(post /api/ask "{\"clip\":\"$id\",\"question\":\"$question\",\"model\":\"own\"}")" 201
is "answered" "$(jq -r '.model' body)" own
is "alike" "$(jq -S '.answer.top' body | sha256sum)" "$(jq -S '.answer.top' first.json | sha256sum)"
head -c 3000000 /dev/zero >large.bin
is "too large" "$(code --data-binary @large.bin "$at/api/clips")" 413
is "too large, in pieces" "$(code -H 'Transfer-Encoding: chunked' --data-binary @large.bin "$at/api/clips")" 413
is "too large, in a form" "$(code -F clip=@large.bin -F "question=$question" "$at/api/ask")" 413
is "nothing of it stays" "$(find small -name 'in-*' | wc -l)" 0
for k in 1 2 3 4 5; do
    head -c 900000 /dev/urandom >some.bin
    is "clip $k" "$(code --data-binary @some.bin "$at/api/clips?name=some.$k")" 201
    events "$(id_of some.bin)" >/dev/null
done
yes_ "no more than fits" [ "$(du -sb small | cut -f1)" -lt 2100000 ]
yes_ "the last is there" [ "$(code "$at/api/clips/$(id_of some.bin)")" = 200 ]
yes_ "the example too" [ "$(code "$at/api/clips/$id")" = 200 ]
stop
is "ends" "$ended" 75

# ---- clips that it makes itself ----
: >address
"$PIPE" serve --listen 127.0.0.1:0 --clips made >address 2>log &
server=$!
for _ in $(seq 1200); do
    [ -s address ] && break
    sleep 0.1
done
at=$(sed 's,/[^/]*$,,' address)
yes_ "examples" jq -e '(.examples | length) == 3 and (.examples | map(.title) | sort) == ["toyband 1.mp4", "toyband 2.mp4", "toyband 3.mp4"]' \
    <(curl -s "$at/api/status")
is "nothing else stays of it" "$(find made -name 'in-*' | wc -l)" 0
made=$(curl -s "$at/api/status" | jq -r '.examples[0].id')
is "asked" "$(post /api/ask "{\"clip\":\"$made\",\"question\":\"$question\"}")" 201
yes_ "what the network saw of it" jq -e '.answer.grid_part | length == 2 and all(. > 0 and . <= 1)' body
stop
is "ends" "$ended" 75

# ---- a token ----
is "others without a token" "$(status "$PIPE" serve --listen 0.0.0.0:0)" 2
yes_ "is told how" grep -q "token-file" err
is "no address" "$(status "$PIPE" serve --listen example.org:80)" 2
is "no clip" "$(status "$PIPE" serve nowhere.mp4 --listen 0)" 1
echo "0123456789abcdef0123" >token
chmod 644 token
is "everybody's token" "$(status "$PIPE" serve --listen 0 --token-file token)" 2
chmod 600 token
start --token-file token --listen 0.0.0.0:0 --name studio.example
at=http://127.0.0.1:$(sed 's,.*:\([0-9]*\)/.*,\1,' address)
is "without it" "$(code "$at/api/status")" 401
is "the page too" "$(code "$at/")" 401
is "a wrong one" "$(code -H 'Authorization: Bearer 0123456789abcdef0124' "$at/api/status")" 401
is "with it" "$(code -H 'Authorization: Bearer 0123456789abcdef0123' "$at/api/status")" 200
is "by a name" "$(code -H 'Host: studio.example' -H 'Authorization: Bearer 0123456789abcdef0123' "$at/api/status")" 200
is "by another" "$(code -H 'Host: other.example' -H 'Authorization: Bearer 0123456789abcdef0123' "$at/api/status")" 403
is "in the address" "$(code -c jar "$at/?token=0123456789abcdef0123")" 303
is "goes on" "$(has Location)" /
yes_ "for it alone" grep -q 'HttpOnly; SameSite=Strict' <<<"$(has Set-Cookie)"
is "then by itself" "$(code -b jar "$at/")" 200
is "a wrong one there" "$(code "$at/?token=x")" 401
stop
is "ends" "$ended" 75
finish
