#!/usr/bin/env bash
# What the README says first, in a fresh system: a clone of what is committed, and the lines of its first
# block of shell, as they stand there. Prints what they print last, and how long they took.
#   tests/package/first.sh
cd "$(dirname "$0")/../.." || exit 1
. tests/package/rooms.sh

say "a system of Debian $suite"
make_base
room=$scratch/room
make_room "$room"
add_packages "$room" git ca-certificates
git clone -q --no-local . "$room/home/asker/avqa-pipe"
inside "$room" chown -R asker:asker /home/asker/avqa-pipe
awk '/^```sh$/ {on = 1; next} on && /^```/ {exit} on' README.md >"$room/first.sh"
grep -q ' ask ' "$room/first.sh" || die "the README's first block asks nothing"
cat "$room/first.sh"

say "what it does"
# ./setup wants root, the rest does not.
inside "$room" sh -c 'cd /home/asker/avqa-pipe && CI=1 ./setup' >"$scratch/setup.log" 2>&1 ||
    { tail "$scratch/setup.log"; die "./setup failed"; }
began=$(date +%s)
as_user "$room" 'cd avqa-pipe && bash -eu /first.sh' >"$scratch/log" 2>&1 ||
    { tail -n 30 "$scratch/log"; die "it failed"; }
tail -n 8 "$scratch/log"
say "done in $(($(date +%s) - began)) s after ./setup"
