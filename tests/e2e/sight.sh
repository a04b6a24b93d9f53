#!/usr/bin/env bash
# Concepts seen: the network that ships with the program names what its numbers are, in the
# store, in what is exported, and in a model made from it.
. "$(dirname "$0")/common.sh"
shipped=$(cd "$(dirname "$0")/../../extract/weights" && pwd)/sight.safetensors
cd "$work" || exit 1
columns="accordion, acoustic_guitar, banjo, bassoon, cello, drum, electric_guitar, flute, piano, saxophone, \
trumpet, violin, xylophone, other_instrument, people, stage, indoor, outdoor"
names="; columns: $columns; cells: left, middle, right, best"

yes_ "a clip" "$TOYBAND" --out band --videos 1 --seed 3 --quiet
is "features" "$(status "$PIPE" features band/videos/00000000.mp4 --extractor sight --max-seconds 2 \
    --out seen.npy --json)" 0
is "of each second, place and concept" "$(jq -c .shape out)" "[2,1,4,18]"
is "by the weights that ship" "$(jq -r .weights out)" sight.safetensors
is "which are a ResNet too" "$(status "$PIPE" weights inspect sight --json)" 0
is "of dlib's" "$(jq -r .network out)" resnet34
is "rounded from the published file" "$(head -c 100000 "$shipped" | grep -ao '"rounded_from_sha256":"[0-9a-f]*"')" \
    '"rounded_from_sha256":"399bbdef8114d0ae69ff6a36810df1f0f9265a237b64da1eeb211da9bf1cc950"'
is "ingest" "$(status "$PIPE" ingest --visual sight --visual-options look=once --max-seconds 2 band/videos)" 0
is "export" "$(status "$PIPE" store export --format npy --kind visual --out seen --video 00000000)" 0
about=$(find seen -name '*.json')
is "says what the numbers are" "$(jq -r .provenance.sampling "$about" | grep -cF "$names; options: look=once")" 1
is "and by what" "$(jq -r .provenance.extractor "$about")" sight
is "a switch that is none" "$(status "$PIPE" features band/videos/00000000.mp4 --extractor sight \
    --options look=thrice --out x.npy)" 1
finish
