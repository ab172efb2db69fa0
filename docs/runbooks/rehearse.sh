#!/usr/bin/env bash
# Rehearses the whole rollout on this machine, with simulated traffic and nobody at the keyboard: see --help.
set -euo pipefail

usage() {
  cat <<'END'
Usage: bash docs/runbooks/rehearse.sh [--short] [--rate N] [--bin FOLDER] [--out FOLDER]

Takes the reference service through its plan: development, staging, canary 10 %, production 50 %, full 100 %. The gates are
those of the default plan, the soak times are seconds. In the canary, a release of v2 that fails a fifth of its requests
goes out; the guard has to find it and roll back by itself; then the fix goes out and the brake is released. Traffic never
stops, and at the end everything that was acknowledged is read back.

Takes 6 to 12 minutes, curl and jq. Leaves report.md, and with Chromium or Chrome report.png, in the output folder. Exits
with 0 when every step went as expected, else with 1.

  --short       no gates on p95 and no waiting for the guard's "continue": a minute, to see whether the steps work
  --rate N      requests a second (default: 500); on a slow or busy machine fewer, or the gates on p95 stay closed
  --bin FOLDER  use the binaries in this folder (target/debug) instead of building them in target/release
  --out FOLDER  where everything is written (default: target/rehearsal)
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
short='' rate='' bin='' out=$root/target/rehearsal
while (($#)); do
  case $1 in
    --short) short=yes ;;
    --rate) rate=$2 && shift ;;
    --bin) bin=$(cd "$2" && pwd) && shift ;;
    --out) out=$2 && shift ;;
    --help | -h) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

# The part of the requests that both versions reject: without errors, the guard needs more requests.
invalid=0.04
# The fault of the bad release: the part of v2's requests that fails.
fault=0.2
# The longest that all of it may take, and one request, in seconds.
limit=900 request_timeout=5
# The plan: the default one, with these soak times.
soak='10 15 20 20 20' change='.'
if [[ $short ]]; then
  : "${rate:=100}"
  request_timeout=3 soak='1 2 3 3 3'
  change='.phases[] |= (.min_requests = 50 | .go = "not_required" | .gates += {p95_ms: null, p95_times_v1: null})'
fi

: "${rate:=500}"

# --- Telling -----------------------------------------------------------------------------------------------------------

elapsed() { printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60)); }
say() { printf '%6s  %s\n' "$(elapsed)" "$*"; }
note() { printf '%s\n' "$@" >>"$out/report.md"; }
fail() {
  say "FAILED: $*" >&2
  [[ ! -s $out/service.log ]] || tail -n 5 "$out/service.log" >&2
  note '' "**Failed** after $(elapsed): $*"
  exit 1
}

# The report's Markdown as HTML: headings, tables, quotes, blocks of text, paragraphs.
html() {
  awk '
    function escape(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); return text }
    function plain(text) { text = escape(text); gsub(/`/, "", text); gsub(/\*\*/, "", text); return text }
    function end() { if (table) print "</table>"; table = 0 }
    BEGIN {
      print "<!doctype html><meta charset=utf-8><style>body{font:15px/1.45 sans-serif;margin:2em auto;max-width:62em}" \
        "table{border-collapse:collapse;margin:.6em 0}td{border:1px solid #bbb;padding:.15em .6em;vertical-align:top}" \
        "pre,blockquote{background:#f3f3f3;padding:.6em 1em;margin:.6em 0}.go{color:#176d2f}.hold{color:#8a5a00}.no-go{color:#b3201a}</style>"
    }
    /^~~~/ { end(); text = !text; print text ? "<pre>" : "</pre>"; next }
    text { print escape($0); next }
    /^\|---/ { next }
    /^\|/ {
      if (!table) print "<table>"
      table = 1
      n = split($0, cells, /\|/)
      printf "<tr>"
      for (i = 2; i < n; i++) {
        cell = cells[i]
        gsub(/^ +| +$/, "", cell)
        printf "<td class=\"%s\">%s", i == 3 ? cell : "", plain(cell)
      }
      print ""
      next
    }
    { end() }
    /^## / { print "<h2>" plain(substr($0, 4)) "</h2>"; next }
    /^# / { print "<h1>" plain(substr($0, 3)) "</h1>"; next }
    /^> / { print "<blockquote>" plain(substr($0, 3)) "</blockquote>"; next }
    NF { print "<p>" plain($0) "</p>" }
  ' "$1"
}

# A picture of the report, where there is a browser. It keeps nothing outside the output folder.
screenshot() {
  local browser home=$out/tmp/browser
  for browser in chromium chromium-browser google-chrome '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'; do
    command -v "$browser" >/dev/null || continue
    html "$out/report.md" >"$out/report.html"
    mkdir -p "$home"
    HOME=$home XDG_CONFIG_HOME=$home XDG_CACHE_HOME=$home "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars \
      --user-data-dir="$home" --window-size=1100,2600 --screenshot="$out/report.png" "file://$out/report.html" \
      >"$out/tmp/browser.log" 2>&1 &
    browser=$!
    for _ in {1..60}; do
      kill -0 "$browser" 2>/dev/null || break
      sleep 0.5
    done
    kill -KILL "$browser" 2>/dev/null || true
    wait "$browser" || true
    [[ -s $out/report.png ]] || say "no screenshot: see $out/tmp/browser.log"
    return
  done
  say "no screenshot: there is no Chromium"
}

# --- The service -------------------------------------------------------------------------------------------------------

service='' traffic='' testers=''
cleanup() {
  local pid
  for pid in $service $traffic $testers; do kill -KILL "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
}
trap cleanup EXIT
trap 'exit 130' INT TERM

listen=127.0.0.1:0 admin=127.0.0.1:0
start_service() { # RELEASE [OPTION…]
  local release=$1 began=$SECONDS
  shift
  : >"$out/service.log"
  "$bin/cutover-service" --listen "$listen" --admin "$admin" --database-url "sqlite:$out/service.db" \
    --state "$out/state" --plan "$out/plan.json" --environment development --raise --log "$out/requests.ndjson" \
    --request-timeout "$request_timeout" "$@" 2>"$out/service.log" &
  service=$!
  until grep -q ' ready ' "$out/service.log"; do
    kill -0 "$service" 2>/dev/null || fail "the service did not start"
    ((SECONDS - began < 30)) || fail "the service was not ready in 30 s"
    sleep 0.1
  done
  # The first start finds free ports; from then on it is where its clients know it to be.
  listen=$(sed -n 's/.* ready address=\([0-9.:]*\) .*/\1/p' "$out/service.log")
  admin=$(sed -n 's/.* ready .* admin=\([0-9.:]*\) .*/\1/p' "$out/service.log")
  say "release $release runs at $listen, for operators at $admin"
}

stop_service() {
  kill "$service"
  wait "$service" || fail "the service did not stop cleanly"
  service=''
}

deploy() { # RELEASE [OPTION…]
  stop_service
  start_service "$@"
}

get() { curl -sS --fail-with-body --max-time 10 "http://$admin/$1"; }

# Sends an operator's change; the answer's status has to be the one that is expected. The answer is left in $answer.
answer=''
post() { # STATUS PATH WHY [OPTION…]
  local expected=$1 path=$2 why=$3 status
  shift 3
  answer=$(curl -sS --max-time 10 -w '\n%{http_code}' -X POST "http://$admin/$path" -H 'X-Who: rehearsal' -H "X-Why: $why" "$@")
  status=${answer##*$'\n'} answer=${answer%$'\n'*}
  [[ $status == "$expected" ]] || fail "POST /$path answered $status instead of $expected: $answer"
}

send() { # SECONDS FILE [OPTION…]
  local seconds=$1 file=$2
  shift 2
  "$bin/examples/load" send "http://$listen" --seconds "$seconds" --retry 10 --json --acknowledged "$out/$file.acknowledged" \
    "$@" >"$out/$file.json" &
}

# --- The plan ----------------------------------------------------------------------------------------------------------

is_at() { # PHASE SHARE
  [[ $(get plan | jq -r .in_force_phase) == "$1" ]] || fail "the phase in force is not $1"
  [[ $(get status | jq -r .share) == "$2" ]] || fail "the share in force is not $2"
}

# Waits until each gate of the phase says go, and prints what each says whenever that changes. An approval comes with the
# step itself.
wait_for_gates() { # PHASE
  local phase=$1 before='' now line plan status
  while :; do
    plan=$(get plan) status=$(get status)
    [[ $(jq -r .in_force_phase <<<"$plan") == "$phase" ]] || fail "the phase in force is not $phase"
    [[ $(jq -r .braked <<<"$status") == false ]] || fail "the brake was pulled: $(jq -c .brake.reasons <<<"$status")"
    now=$(jq -r '.gates[] | select(.gate != "approval") | "\(.status) \(.gate)"' <<<"$plan")
    while read -r line; do
      grep -qFx -- "$line" <<<"$before" || say "$(printf '  %-6s %-19s %s' "${line% *}" "${line#* }" \
        "$(jq -r --arg gate "${line#* }" '.gates[] | select(.gate == $gate).reason' <<<"$plan")")"
    done <<<"$now"
    before=$now
    grep -qv '^go ' <<<"$now" || break
    ((SECONDS < limit)) || fail "the gates of $phase are not open after $limit s"
    sleep 0.5
  done
  note '' '| gate | says | why |' '|---|---|---|'
  note "$(jq -r '.gates[] | select(.gate != "approval") | "| \(.gate) | \(.status) | \(.reason | gsub("\\|"; "/")) |"' <<<"$plan")"
}

begin() { # PHASE SHARE WHAT
  say "$1: $2 of v2: $3"
  note '' "## $1: $2" '' "$3. From $(elapsed) on:"
  is_at "$1" "$2"
}

advance() { # [OPTION…]
  post 200 plan/advance 'every gate says go' "$@"
}

approve() {
  advance -H 'X-Approved-By: head of rehearsals'
  note '' 'The head of rehearsals approved of the next phase.'
}

too_early() {
  post 409 plan/advance 'impatience'
  say "  refused so far: POST /plan/advance"
}

# --- Preparing ---------------------------------------------------------------------------------------------------------

for tool in curl jq; do
  command -v "$tool" >/dev/null || { echo "this takes $tool: install it" >&2 && exit 1; }
done
unset DATABASE_URL CUTOVER_BRAKE CUTOVER_API_VERSION CUTOVER_ADMIN_TOKEN RUST_LOG
export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1

# What is there is deleted, if it is an earlier rehearsal's: --out may be any folder.
if [[ -n $(ls -A "$out" 2>/dev/null) ]] && ! head -n 1 "$out/report.md" 2>/dev/null | grep -q '^# Rehearsal of '; then
  echo "$out holds something else than a rehearsal: give --out a new folder" >&2
  exit 1
fi
rm -rf "$out"
mkdir -p "$out/state" "$out/tmp"
out=$(cd "$out" && pwd)
export TMPDIR=$out/tmp # for the shell's own temporary files
note '# Rehearsal of contribution-form-v2' '' \
  "$(date '+%Y-%m-%d %H:%M'), $(uname -sm). $rate requests a second, $invalid of them invalid. \
The gates of the default plan${short:+ without p95 and go (--short)}, with soak times of $soak seconds."

if [[ -z $bin ]]; then
  say "building"
  (cd "$root" && cargo build --quiet --release -p cutover-service -p cutover-cli --bins --example load)
  bin=$(cd "$root" && cd "${CARGO_TARGET_DIR:-target}/release" && pwd)
fi
for file in cutover-service cutover examples/load; do
  [[ -x $bin/$file ]] || fail "$bin has no $file: cargo build -p cutover-service -p cutover-cli --bins --example load"
done

SECONDS=0
"$bin/cutover" plan template |
  jq --arg soak "$soak" ".phases |= ([., (\$soak | split(\" \") | map(tonumber))] | transpose | map(.[0] + {min_soak_s: .[1]})) | $change" \
    >"$out/plan.json"

# --- The five phases ---------------------------------------------------------------------------------------------------

start_service 1
begin development 100% 'Everything goes to v2, where only its developers see it'
too_early
send "$limit" traffic --rate "$rate" --invalid "$invalid"
traffic=$!
wait_for_gates development
advance

begin staging 0% 'Everyone is on v1; testers ask for v2'
too_early
send "$limit" testers --rate 60 --ask v2
testers=$!
wait_for_gates staging
kill "$testers" && wait "$testers"
testers=''
advance

begin canary 10% 'A tenth of the users are on v2'
too_early
sleep 3

say "release 2 has a fault: v2 fails $fault of its requests"
deploy 2 --v2-fault "$fault"
bad=$SECONDS
until status=$(get status) && [[ $(jq -r .braked <<<"$status") == true ]]; do
  ((SECONDS - bad < 60)) || fail "the guard has not rolled back within 60 s"
  sleep 0.2
done
took=$((SECONDS - bad))
number=$(jq -r .brake.number <<<"$status")
reason=$(jq -r '.brake.reasons | join("; ")' <<<"$status")
sleep 1 # for the note in the database
[[ $(get 'changes?limit=1' | jq -r '.changes[0] | "\(.who) \(.what)"') == 'guard brake' ]] || fail "somebody else pulled the brake: $reason"
say "  the guard rolled back after $took s: brake $number: $reason"
[[ $(get 'explain?id=anyone' | jq -r '.decision | "\(.version) \(.reason)"') == 'v1 brake' ]] || fail "the brake sends not everyone to v1"
post 409 plan/advance 'impatience'
note '' "Release 2 fails $fault of v2's requests. The guard rolled back by itself $took s after it was deployed:" '' "> $reason"

say "release 3 has the fix"
deploy 3
[[ $(get status | jq -r .brake.number) == "$number" ]] || fail "the brake did not survive the restart"
post 409 brake/release 'the wrong one' -d "{\"number\": $((number + 1))}"
post 200 brake/release 'release 3 has the fix' -d "{\"number\": $number}"
say "  brake $number is released"
note '' "Release 3 has the fix. The brake was still pulled after its start, and was then released. From $(elapsed) on:"
wait_for_gates canary
[[ $short ]] || post 409 plan/advance 'nobody has approved' # production takes an approval
approve

begin production 50% 'Half of the users are on v2'
too_early
wait_for_gates production
approve

begin full 100% 'All users are on v2'
wait_for_gates full

# --- What is left ------------------------------------------------------------------------------------------------------

kill "$traffic" && wait "$traffic"
traffic=''
deploy 3 # what is read back is on the disk
is_at full 100%
say "reading back what was acknowledged"
cat "$out/traffic.acknowledged" "$out/testers.acknowledged" >"$out/acknowledged"
checked=$("$bin/examples/load" check "$out/acknowledged" "http://$listen") || fail "acknowledged contributions are lost: $checked"
counts=$(jq -s 'reduce .[] as $one ({}; reduce ($one | to_entries[]) as $entry (.; .[$entry.key] += $entry.value))' \
  "$out/traffic.json" "$out/testers.json")
decisions=$("$bin/cutover" plan log --state "$out/state/plan.json" --plan "$out/plan.json")
changes=$(get changes | jq -r '.changes | reverse[] | "| \(.what) | \(.who) | \(.why | gsub("\\|"; "/")) |"')
stop_service
note '' '## What clients saw' '' '| sent | accepted | by v1 | by v2 | by v1 when v2 had failed | rejected | failed | retries | read back | lost |' \
  '|---|---|---|---|---|---|---|---|---|---|' \
  "$(jq -r --argjson checked "$checked" \
    '"| \(.sent) | \(.accepted) | \(.v1) | \(.v2) | \(.fallback) | \(.rejected) | \(.failed) | \(.retries) | \($checked.acknowledged) | \($checked.missing) |"' \
    <<<"$counts")" \
  '' "What \`cutover report\` says of the log:" '' '~~~text' "$("$bin/cutover" report "$out/requests.ndjson" --top 3)" '~~~' \
  '' '## Decisions' '' '~~~text' "$decisions" '~~~' '' '| change | who | why |' '|---|---|---|' "$changes"
jq -e --argjson checked "$checked" \
  '.failed == 0 and .fallback > 0 and .v2 > 0 and .rejected > 0 and .accepted == $checked.acknowledged' <<<"$counts" >/dev/null ||
  fail "clients saw failures, or not all phases were seen: $(jq -c . <<<"$counts")"
note '' "**Passed** in $(elapsed): 100 % of v2, and nothing is lost."
screenshot
say "passed: $(jq -r '"\(.accepted) contributions accepted, \(.v2) of them by v2; no client saw a failure"' <<<"$counts"), none is lost"
say "report: $out/report.md$([[ ! -s $out/report.png ]] || echo ' and report.png')"
