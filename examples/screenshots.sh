#!/usr/bin/env bash
# Pictures of the page of `avqa-pipe serve`, for the documentation.
#   BUILD=DIR   the build whose programs run [build]
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${BUILD:-build}")
export PIPE=$build/pipeline/avqa-pipe TOYBAND=$build/examples/toyband/toyband MODULES=$build/tests/browser
mkdir -p docs/pictures
tests/browser/run.sh screenshots.js docs/pictures
