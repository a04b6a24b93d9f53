# The results of examples/compare.sh, a list of {table, name, seed, overall, types}, as Markdown:
# a table of each kind, in percent, mean ± standard deviation over the seeds.
def round1: . * 10 | round / 10;
def mean: add / length;
def sd: mean as $m | if length < 2 then 0
    else (map((. - $m) * (. - $m)) | add / (length - 1) | sqrt) end;
def cell: map(select(. != null) * 100) |
    if length == 0 then "" else "\(mean | round1) ± \(sd | round1)" end;

# In MUSIC-AVQA's order; those of three columns, or all.
def modalities: ["Audio", "Visual", "Audio-Visual"];
def all_types: ["Audio Counting", "Audio Comparative", "Audio", "Visual Counting", "Visual Location",
    "Visual", "Audio-Visual Existential", "Audio-Visual Counting", "Audio-Visual Location",
    "Audio-Visual Comparative", "Audio-Visual Temporal", "Audio-Visual"];
def heads: ["A Count", "A Comp", "**A**", "V Count", "V Loc", "**V**", "AV Exist", "AV Count",
    "AV Loc", "AV Comp", "AV Temp", "**AV**"];

def row($types): . as $runs |
    "| \($runs[0].name) | \(map(.overall.accuracy) | cell) | " +
    ([$types[] as $t | $runs | map(.types[$t].accuracy) | cell] | join(" | ")) + " |";
def floor_row($types): .[0] as $one |
    "| majority of each template | \($one.overall.floor * 100 | round1) | " +
    ([$types[] as $t | $one.types[$t].floor * 100 | round1 | tostring] | join(" | ")) + " |";
def grouped: reduce .[] as $r ([]; (map(.[0].name) | index($r.name)) as $at |
    if $at == null then . + [[$r]] else .[$at] += [$r] end);
def table($title; $types; $heads):
    "", "### \($title)", "",
    "| | **Overall** | " + ($heads | join(" | ")) + " |\n|" + ("---|" * (2 + ($heads | length))),
    (grouped[] | row($types)), floor_row($types);
def title: {"questions": "Questions at a time, at equal steps",
    "presentations": "Questions at a time, at equal question presentations",
    "sizes": "Layers, tokens, heads, width", "weights": "Weights of L_inter and L_intra"}[.] //
    (capture("parts (?<n>[0-9]+)") | "Parts, \(.n) steps");

. as $all |
(reduce .[] as $r ([]; if index($r.table) then . else . + [$r.table] end))[] as $t |
($all | map(select(.table == $t))) as $runs |
if ($t | startswith("parts")) then $runs | table($t | title; all_types; heads)
else $runs | table($t | title; modalities; ["Audio", "Visual", "Audio-Visual"]) end,
(if $t == $all[-1].table then
    "", "\($all[0].overall.n) questions about unseen videos; \([$all[].seed] | unique | length) seeds." else empty end)
