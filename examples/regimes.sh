#!/usr/bin/env bash
# Where collective reasoning pays: CoQo and what is collective about it, taken away or made
# otherwise, on data of several kinds. Prints a table of each.
#   VIDEOS=600  LONG_VIDEOS=300  SEEDS="1 2 3 4 5"  STEPS=1060  JOBS=cores  OUT=build/regimes
#   REGIMES="plain noise few hidden long"
# Results that are already in OUT are kept, so an interrupted run continues.
set -euo pipefail
cd "$(dirname "$0")/.."
OUT=$(realpath -m "${OUT:-build/regimes}")
. examples/trainings.sh
videos=${VIDEOS:-600}
regimes=${REGIMES:-plain noise few hidden long}

# A kind of data: the data set, switches of training and evaluation, and a title.
regime_of() {
    case $1 in
        plain) echo "plain||Clips of 10 s, every label" ;;
        noise) echo "plain-noise||Three training labels in ten are wrong" ;;
        few) echo "plain-few||Four labels a video" ;;
        hidden) echo "plain|--hide-seconds 0.5|Half of the seconds missing" ;;
        long) echo "long||Clips of 30 s with many events" ;;
        *) return 1 ;;
    esac
}

for regime in $regimes; do
    if ! regime_of "$regime" >/dev/null; then
        echo "regimes.sh: there is no regime $regime; there are plain, noise, few, hidden and long" >&2
        exit 2
    fi
done
[[ " $regimes " == " long " ]] || make_band plain "$videos" 77
[[ " $regimes " != *" noise "* ]] || make_band plain-noise "$videos" 77 --label-noise 0.3
[[ " $regimes " != *" few "* ]] || make_band plain-few "$videos" 77 --labels-per-video 4
[[ " $regimes " != *" long "* ]] || make_band long "${LONG_VIDEOS:-300}" 78 --seconds 30 --events many

for regime in $regimes; do
    IFS='|' read -r band how title <<<"$(regime_of "$regime")"
    passes=$(passes_for "$band" "${STEPS:-1060}")
    while IFS='|' read -r name switches; do
        echo "$title|$name|$band|$how|$switches|$passes"
    done <<'END'
CoQo|
λ = 0|--lambda 0 --learn-lambda off
λ for each channel|--lambda-each on
own asking|--own-asking on
no learnable tokens|--tokens 0
all questions seen|--vary-seen off
no alignment losses|--inter-weight 0 --intra-weight 0
alignment losses at 0.3|--inter-weight 0.3 --intra-weight 0.3
harder negatives|--negatives hard
harder negatives, losses at 0.3|--inter-weight 0.3 --intra-weight 0.3 --negatives hard
END
done | run_all
