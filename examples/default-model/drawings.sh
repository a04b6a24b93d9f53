#!/usr/bin/env bash
# Makes the folder of drawings that `toyband --drawings` takes, from openly licensed emoji and icons.
#   drawings.sh OUT_DIR
# drawings.tsv says which: instrument, npm package and version, icon, licence of the picture. Needs npm
# (and what it downloads: about 215 MB unpacked, deleted afterwards) and jq. The same table gives the same files.
# Electric guitars, pan flutes and what Debian's Noto emoji draw are not in the table.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 2; }
out=$1 table=$(dirname "$0")/drawings.tsv
for program in npm jq; do
    command -v $program >/dev/null || { echo "drawings.sh: $program is not installed" >&2; exit 1; }
done
if [ -e "$out" ]; then
    echo "drawings.sh: $out exists; name a new folder or delete it" >&2
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
made=$work/made # moved when whole

cut -f 2 "$table" | sort -u >"$work/packages"
xargs npm install --prefix "$work" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
    <"$work/packages" >&2

# Icons without colours of their own ("currentColor") take one by turns; toyband turns hues as well.
colours=('#7a4a21' '#b5302a' '#1f4e79' '#2f6b3a' '#c98a1b' '#5b3a78' '#3a3a3a' '#a8542d')
n=0
while IFS=$'\t' read -r instrument package icon _; do
    name=${package%@*} # without the version
    from=$work/node_modules/$name
    to=$made/$instrument/${name##*/}_$icon.svg
    [ "$name" != @twemoji/svg ] || to=$made/$instrument/twemoji_$icon.svg
    mkdir -p "$made/$instrument"
    if [ -f "$from/icons.json" ]; then # Iconify: one file a collection, without the <svg> around it
        jq -e -r --arg icon "$icon" --arg colour "${colours[n % ${#colours[@]}]}" '
            . as $all | .icons[$icon] // error("no icon \($icon)") |
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" " +
            "color=\"\($colour)\" viewBox=\"\(.left // $all.left // 0) \(.top // $all.top // 0) " +
            "\(.width // $all.width // 16) \(.height // $all.height // 16)\">\(.body)</svg>"' \
            "$from/icons.json" >"$to"
    else
        cp "$from/$icon.svg" "$to"
    fi
    n=$((n + 1))
done <"$table"
cp "$table" "$made/SOURCES.tsv" # whose they are, and under which licence
mkdir -p "$(dirname "$out")"
mv "$made" "$out"
for folder in "$out"/*/; do
    printf '%4d %s\n' "$(find "$folder" -name '*.svg' | wc -l)" "$(basename "$folder")"
done
