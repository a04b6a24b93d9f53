# The results of trainings.sh, a list of {table, name, seed, overall, types, counts}, as Markdown:
# a table of each title, in percent, mean ± standard deviation over the seeds. The second column
# is the difference to the table's first row, seed by seed, mean ± standard error. Of counts the
# mean squared error comes last.
def round1: . * 10 | round / 10;
def mean: add / length;
def sd: mean as $m | if length < 2 then 0
    else (map((. - $m) * (. - $m)) | add / (length - 1) | sqrt) end;
def cell: map(select(. != null) * 100) |
    if length == 0 then "" else "\(mean | round1) ± \(sd | round1)" end;
def signed: round1 | if . > 0 then "+\(.)" elif . == 0 then "0" else tostring end;

# Those of other data sets, in eval's order, without "Visual"; one alone is the whole.
def own_types: [.types | to_entries[] | select(.value.n > 0) | .key | select(IN("Audio", "Visual", "Audio-Visual") | not) |
    [., sub("^Visual "; "")]] | if length < 2 then [] else . end;
def is_music: .types | [.["Audio", "Audio-Visual"].n // 0] | add > 0;
def error_cell: map(.counts.mean_squared_error) |
    "\(mean * 1000 | round / 1000) ± \(sd * 1000 | round / 1000)";

# In MUSIC-AVQA's order; the three columns that pool them, or all.
def modalities: [["Audio", "Audio"], ["Visual", "Visual"], ["Audio-Visual", "Audio-Visual"]];
def all_types: [["Audio Counting", "A Count"], ["Audio Comparative", "A Comp"], ["Audio", "**A**"],
    ["Visual Counting", "V Count"], ["Visual Location", "V Loc"], ["Visual", "**V**"],
    ["Audio-Visual Existential", "AV Exist"], ["Audio-Visual Counting", "AV Count"],
    ["Audio-Visual Location", "AV Loc"], ["Audio-Visual Comparative", "AV Comp"],
    ["Audio-Visual Temporal", "AV Temp"], ["Audio-Visual", "**AV**"]];

# Tables of one modality, by their titles: its accuracy takes the place of the whole's, and its
# types are the columns.
def of_one($title): [["Audio questions", "Audio"], ["Visual questions", "Visual"],
    ["Audio-visual questions", "Audio-Visual"]][] | select(.[0] as $begins | $title | startswith($begins)) | .[1];
def narrowed($one): map(select(.types[$one].n > 0) | .overall = .types[$one]);
def own_columns($one): all_types | map(select(.[0] | startswith($one + " ")));

def grouped: reduce .[] as $r ([]; (map(.[0].name) | index($r.name)) as $at |
    if $at == null then . + [[$r]] else .[$at] += [$r] end);
def gain($first): [.[] as $r | $first[] | select(.seed == $r.seed) |
        ($r.overall.accuracy - .overall.accuracy) * 100] |
    "\(mean | signed) ± \(sd / (length | sqrt) | round1)";
def row($types; $first): . as $runs |
    "| \(.[0].name) | \(map(.overall.accuracy) | cell) | " +
    (if .[0].name == $first[0].name then "" else gain($first) end) + " | " +
    ([($types[] as $t | $runs | map(.types[$t[0]].accuracy) | cell),
      (select($first[0].counts) | error_cell)] | join(" | ")) + " |";
def floor_row($types): .[0] as $one |
    "| majority of each template | \($one.overall.floor * 100 | round1) | | " +
    ([($types[] as $t | $one.types[$t[0]].floor * 100 | round1 | tostring),
      ($one.counts | select(.) | .floor * 1000 | round / 1000 | tostring)] | join(" | ")) + " |";
def types_of($title; $one): if $one then own_columns($one)
    elif $title | test("^(Parts|HCRN)") then all_types
    elif .[0] | is_music then modalities
    else .[0] | own_types end;
def table($title): first(of_one($title), null) as $one |
    if $one then narrowed($one) else . end | select(length > 0) |
    types_of($title; $one) as $types |
    ([$types[][1]] + if .[0].counts then ["squared error"] else [] end) as $columns |
    "", "### \($title)", "",
    "| | **\($one // "Overall")** | Δ | " + ($columns | join(" | ")) + " |\n|" +
        ("---|" * (3 + ([$columns | length, 1] | max))),
    (grouped as $rows | $rows[] | row($types; $rows[0])), floor_row($types),
    "", "\(.[0].overall.n) questions about unseen videos; \([.[].seed] | unique | length) seeds.";

. as $all |
(reduce .[] as $r ([]; if index($r.table) then . else . + [$r.table] end))[] as $t |
$all | map(select(.table == $t)) | table($t)
