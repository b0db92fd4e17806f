#!/bin/sh
# Starts a family with `sendgate init`, dry-runs one of its campaigns with a report to look at, asks why three people
# get nothing, and sends another campaign into the outbox.
# Usage: examples/demo.sh FOLDER      FOLDER must not exist; needs `sendgate[audience]` on the PATH
set -eu
folder=${1:?usage: examples/demo.sh FOLDER}
campaign=duvets
now=2026-03-04T17:00:00Z
dropped="nils paul wanda"

run() {
  printf '\n$ %s\n' "$*"
  "$@"
}

run sendgate init "$folder"
cd "$folder"
run sendgate dry-run "$campaign" --audience audience.csv --people people.csv --events events.csv --now "$now" \
  --report report.html
for person in $dropped; do
  run sendgate explain "$campaign" --person "$person" --people people.csv --events events.csv --now "$now"
done
run sendgate import --people people.csv --events events.csv
run sendgate send thank-you --audience recent-buyers.csv
run sendgate ledger status
printf '\nthe report, to open in a browser: %s/report.html\n' "$(pwd)"
