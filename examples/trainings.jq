# The results of trainings.sh, a list of {table, name, seed, overall, types}, as Markdown: a
# table of each title, in percent, mean ± standard deviation over the seeds. The second column
# is the difference to the table's first row, seed by seed, mean ± standard error.
def round1: . * 10 | round / 10;
def mean: add / length;
def sd: mean as $m | if length < 2 then 0
    else (map((. - $m) * (. - $m)) | add / (length - 1) | sqrt) end;
def cell: map(select(. != null) * 100) |
    if length == 0 then "" else "\(mean | round1) ± \(sd | round1)" end;
def signed: round1 | if . > 0 then "+\(.)" else tostring end;

# In MUSIC-AVQA's order; the three columns that pool them, or all.
def modalities: [["Audio", "Audio"], ["Visual", "Visual"], ["Audio-Visual", "Audio-Visual"]];
def all_types: [["Audio Counting", "A Count"], ["Audio Comparative", "A Comp"], ["Audio", "**A**"],
    ["Visual Counting", "V Count"], ["Visual Location", "V Loc"], ["Visual", "**V**"],
    ["Audio-Visual Existential", "AV Exist"], ["Audio-Visual Counting", "AV Count"],
    ["Audio-Visual Location", "AV Loc"], ["Audio-Visual Comparative", "AV Comp"],
    ["Audio-Visual Temporal", "AV Temp"], ["Audio-Visual", "**AV**"]];

def grouped: reduce .[] as $r ([]; (map(.[0].name) | index($r.name)) as $at |
    if $at == null then . + [[$r]] else .[$at] += [$r] end);
def gain($first): [.[] as $r | $first[] | select(.seed == $r.seed) |
        ($r.overall.accuracy - .overall.accuracy) * 100] |
    "\(mean | signed) ± \(sd / (length | sqrt) | round1)";
def row($types; $first): . as $runs |
    "| \(.[0].name) | \(map(.overall.accuracy) | cell) | " +
    (if .[0].name == $first[0].name then "" else gain($first) end) + " | " +
    ([$types[] as $t | $runs | map(.types[$t[0]].accuracy) | cell] | join(" | ")) + " |";
def floor_row($types): .[0] as $one |
    "| majority of each template | \($one.overall.floor * 100 | round1) | | " +
    ([$types[] as $t | $one.types[$t[0]].floor * 100 | round1 | tostring] | join(" | ")) + " |";
def table($title): (if $title | startswith("Parts") then all_types else modalities end) as $types |
    "", "### \($title)", "",
    "| | **Overall** | Δ | " + ([$types[][1]] | join(" | ")) + " |\n|" +
        ("---|" * (3 + ($types | length))),
    (grouped as $rows | $rows[] | row($types; $rows[0])), floor_row($types),
    "", "\(.[0].overall.n) questions about unseen videos; \([.[].seed] | unique | length) seeds.";

. as $all |
(reduce .[] as $r ([]; if index($r.table) then . else . + [$r.table] end))[] as $t |
$all | map(select(.table == $t)) | table($t)
