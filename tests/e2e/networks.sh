#!/usr/bin/env bash
# Weight files that hold several networks, and ones with values that are no numbers.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$work" || exit 1
nano=$here/../../extract/weights/vggish_nano.safetensors
yes_ "files" python3 "$here/make_networks.py" "$nano"
yes_ "a clip" "$TOYBAND" --out band --videos 1 --seed 3 --quiet
clip=band/videos/00000000.mp4
says() { # WHAT TEXT: the last command's error has it
    yes_ "$1" grep -qF -- "$2" err
}
features() { # WEIGHTS OUT
    status "$PIPE" features $clip --extractor vggish_nano --weights "$1" --out "$2" -q
}

# ---- several networks ----
is "two encoders" "$(features moco.safetensors x.npy)" 1
says "are named" "module.encoder_k., module.encoder_q."
says "and how to choose" "--prefix"
yes_ "nothing was made" test ! -e x.npy
is "nor imported" "$(status "$PIPE" weights import moco.safetensors)" 1
says "with the reason" "holds 2 networks"
is "inspect says it too" "$(status "$PIPE" weights inspect moco.safetensors)" 0
yes_ "in its words" grep -q "none that can be used: .*holds 2 networks" out
is "a prefix that is none" "$(status "$PIPE" weights import moco.safetensors --prefix module.encoder)" 1
says "is said" "begins with module.encoder"
is "one" "$(status "$PIPE" weights import moco.safetensors --prefix module.encoder_q --name query)" 0
is "the other" "$(status "$PIPE" weights import moco.safetensors --prefix module.encoder_k. --name key)" 0
is "is another" "$("$PIPE" weights ls --json | jq -r 'select(.origin == "moco.safetensors").origin_sha256' |
    sort -u | wc -l)" 2
for p in "$nano:plain" query:query far.safetensors:far key:key; do
    is "features by ${p#*:}" "$(features "${p%:*}" "${p#*:}.npy")" 0
done
yes_ "the query's are its own" cmp plain.npy query.npy
yes_ "the key's, too" cmp far.npy key.npy
is "they differ" "$(cmp -s plain.npy far.npy; echo $?)" 1
for f in dino.pth:student,teacher ema.pth:state_dict,state_dict_ema; do
    file=${f%:*} names=${f#*:}
    is "$file" "$(status "$PIPE" weights import "$file")" 1
    says "$file: the one" "${names%,*}."
    says "$file: the other" "${names#*,}."
    is "$file: the first" "$(status "$PIPE" weights import "$file" --prefix "${names%,*}" --name "${names%,*}")" 0
    is "$file: the second" "$(status "$PIPE" weights import "$file" --prefix "${names#*,}" --name "${names#*,}")" 0
    is "$file: features" "$(features "${names%,*}" a.npy)$(features "${names#*,}" b.npy)" 00
    yes_ "$file: of the first" cmp a.npy plain.npy
    yes_ "$file: of the second" cmp b.npy far.npy
done
is "one alone needs no choice" "$(features alone.pth c.npy)" 0
yes_ "and is what it was" cmp c.npy plain.npy
is "all are sound" "$(status "$PIPE" weights verify)" 0

# ---- values that are no numbers ----
for f in {nan,inf}.{F16,F32,BF16,F64}.safetensors nan.pth; do
    is "$f: import" "$(status "$PIPE" weights import "$f" --name bad)" 1
    says "$f: names the tensor" embeddings.4.weight
    is "$f: features" "$(features "$f" bad.npy)" 1
    says "$f: names it there" embeddings.4.weight
    yes_ "$f: made nothing" test ! -e bad.npy
    is "$f: verify" "$(status "$PIPE" weights verify "$f")" 1
    yes_ "$f: verify names it" grep -q "embeddings.4.weight" out
done
is "ingest" "$(status "$PIPE" ingest $clip --audio-weights nan.F32.safetensors)" 1
says "names it as well" embeddings.4.weight
is "pretrain" "$(status "$PIPE" pretrain --truth band/truth.jsonl --extractor vggish_nano \
    --weights nan.F32.safetensors --out p.safetensors --epochs 1)" 1
says "does, too" embeddings.4.weight
is "in what nobody takes it does no harm" "$(features unused.safetensors u.npy)" 0
yes_ "whatever it is" cmp u.npy plain.npy
finish
