#!/usr/bin/env bash
# Instructions and allocations against the known ones (benches/instructions.tsv). Fails when a path takes 20 % more, or
# allocates where it must not. Instructions need valgrind; without it they are skipped, and it is said so.
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo bench --quiet -p cutover --bench count -- "$@"
