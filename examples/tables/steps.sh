# shellcheck shell=bash disable=SC2034 # variables are for those who source it
# Steps, machines and music videos: what the scripts of this folder share. Source it from the
# repository's root with `me`, the script's name, for messages.

# shellcheck disable=SC2154 # me is of the script
fail() { # sentence
    echo "$me: $1" >&2
    exit 2
}

# The steps of a command line: all but merge if none is named.
steps_of() { # STEP...
    local step
    for step; do
        [[ " ingest merge train " == *" $step "* ]] || fail "there is no step $step; there are ingest, merge and train"
    done
    steps=${*:-ingest train}
}

# Which of several machines this is; empty: the only one.
part=${SHARD:-${SLURM_ARRAY_TASK_ID:-${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-}}}}
part=${part%%/*}

# Stores the features of this machine's part of some videos: in OUT/NAME.db, or in a store of the
# part's own, which merge_parts joins.
ingest_part() { # NAME, switches and folders of ingest
    local store=$OUT/$1.db rc=0
    [ -z "$part" ] || store=$OUT/parts/$1-$part.db
    mkdir -p "$(dirname "$store")"
    "$PIPE" ingest --quiet --jobs "$jobs" --store "$store" ${SHARD:+--shard "$SHARD"} "${@:2}" >/dev/null || rc=$?
    [ $rc -eq 0 ] || [ $rc -eq 3 ] || exit $rc # 3: some videos cannot be used
}
merge_parts() { # NAME
    "$PIPE" store merge "$OUT/parts/$1"-*.db --into "$OUT/$1.db" >/dev/null
}

# Makes a toyband in a folder of OUT. Several machines make the same; the last one's is kept.
make_toyband() { # NAME, switches of toyband
    local to=$OUT/$1
    [ ! -f "$to/made" ] || return 0
    [ -z "$part" ] || to=$OUT/$1.$$
    "$toyband" --out "$to" --seed 77 --quiet "${@:2}" >/dev/null
    if [ -n "$part" ]; then
        mkdir -p "$OUT/$1"
        cp -r "$to/." "$OUT/$1"
        rm -r "$to"
    fi
    touch "$OUT/$1/made"
}

# Links MUSIC-AVQA's questions as those of the data set `real`, under the names of trainings.sh.
link_music() {
    local part_of file
    mkdir -p "$OUT/real"
    for part_of in train val test; do
        file=$(find -L "$ANNOTATIONS" -maxdepth 1 \( -name "$part_of.json" -o -name "avqa-$part_of.json" \) | sort | head -n 1)
        [ -n "$file" ] || fail "$ANNOTATIONS has no $part_of.json and no avqa-$part_of.json"
        ln -sfn "$(realpath "$file")" "$OUT/real/$part_of.json"
    done
}

# For a script about music: its command line, OUT (build/NAME if not given), SEEDS and steps. Sets
# budget, the steps of a training.
begin_music() { # NAME, the script's arguments
    OUT=$(realpath -m "${OUT:-build/$1}") SEEDS=${SEEDS:-1 2 3} budget=${STEPS:-1855}
    shift
    if [ "${1:-}" = --quick ]; then
        shift
        OUT=$OUT-quick SEEDS="1 2" budget=${STEPS:-20} BAND=${BAND:-24}
    fi
    steps_of "$@"
    . examples/trainings.sh
}

# The videos of a table about music: those of VIDEOS with the questions of ANNOTATIONS, or else a
# toyband's. Sets band (the data set), videos (their folder) and where (what titles add).
make_music() {
    if [ -n "${VIDEOS:-}${ANNOTATIONS:-}" ]; then
        real_music VIDEOS ANNOTATIONS
        band=real where=''
    else
        band=toyband where=", toyband's" videos=$OUT/toyband/videos
        make_toyband toyband --videos "${BAND:-600}" --questions 48
    fi
}

# Real data: these variables must name folders. Sets videos.
real_music() { # VARIABLE...
    local name all=${*:1:$#-1}
    for name; do
        [ -d "${!name:-}" ] || fail "$name=${!name:-} is not a folder: real data needs ${all// /, } and ${*: -1}"
    done
    videos=$(realpath "$VIDEOS")
    link_music
}

# Does the steps for the videos of make_music and the runs that `list_runs` prints.
do_music_steps() {
    local step
    # shellcheck disable=SC2086 # switches are a list
    for step in $steps; do
        case $step in
            ingest) ingest_part "$band" ${INGEST:-} --annotations "$OUT/$band"/{train,val,test}.json -- "$videos" ;;
            merge) merge_parts "$band" ;;
            train) list_runs | run_all ;;
        esac
    done
}
