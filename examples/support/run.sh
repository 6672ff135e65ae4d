#!/usr/bin/env bash
# The support desk on this machine: the lab as the model provider, the shop's services, the gateway
# with the desk's agents. Works on every ticket, prints the figures, has refunds approved, and shows
# a trace, what was refused, and the costs. Nothing is left on disk.
#
#   run.sh          then stays up, so that you can send tickets yourself; Ctrl-C ends it
#   run.sh --once   ends by itself; exit code 0 when everything went well
#
# $HEADGATE is the binary (default: headgate on the PATH), $TICKETS how many tickets (default: all
# of tickets.jsonl once).
set -euo pipefail

case ${1:-} in
  --once | "") once=${1:-} ;;
  -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "run.sh: unknown option $1; see run.sh --help" >&2; exit 64 ;;
esac

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
headgate=${HEADGATE:-headgate}
command -v "$headgate" > /dev/null || {
  echo "run.sh: no binary at '$headgate'; build it with scripts/build, then set HEADGATE" >&2
  exit 69
}

work=$(mktemp -d)
names=()
pids=()

# Ends what runs, newest first, and reports how: a demo that leaves a process behind, or crashes
# one, has failed.
stop_all() {
  local failed=0 code i
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    code=0
    kill -TERM "${pids[i]}" 2> /dev/null || true
    wait "${pids[i]}" || code=$?
    if [[ $code != 0 ]]; then
      echo "run.sh: ${names[i]} ended with $code; its log:" >&2
      tail -n 20 "$work/${names[i]}.log" >&2
      failed=1
    fi
  done
  pids=()
  return "$failed"
}

cleanup() {
  trap - EXIT INT TERM
  stop_all || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME COMMAND…: sets `address` to where it listens, once its ready file says so.
start() {
  local name=$1 ready=$work/$1.ready
  shift
  "$@" --ready-file "$ready" > "$work/$name.log" 2>&1 &
  names+=("$name")
  pids+=($!)
  for _ in $(seq 1 600); do
    if [[ -s $ready ]]; then
      address=$(python3 -c 'import json, sys
print(json.load(sys.stdin)["listeners"][0]["address"])' < "$ready")
      return
    fi
    kill -0 "${pids[-1]}" 2> /dev/null || break
    sleep 0.05
  done
  echo "run.sh: $name did not start; its log:" >&2
  cat "$work/$name.log" >&2
  return 1
}

# field NAME < JSON
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
title() { printf '\n%s\n%s\n' "$1" "${1//?/-}"; }

# Keys for one run: they live in this environment and nowhere else.
random_key() { python3 -c 'import secrets; print("sk-demo-" + secrets.token_hex(16))'; }
DEMO_PROVIDER_KEY=$(random_key)
DEMO_AGENT_KEY=$(random_key)
DEMO_APPROVER_KEY=$(random_key)
DEMO_HEAD_KEY=$(random_key)
export DEMO_PROVIDER_KEY DEMO_AGENT_KEY DEMO_APPROVER_KEY DEMO_HEAD_KEY

start lab "$headgate" lab "$here/lab.yaml" --listen 127.0.0.1:0
lab_address=$address
start services python3 "$here/services.py" --listen 127.0.0.1:0 --database "$work/shop.db" \
  --orders "$here/orders.jsonl"
services_address=$address

# The configuration as it is in the repository, with this run's addresses and folders.
config=$work/headgate.yaml
sed -e "s|127\.0\.0\.1:8790|$lab_address|" -e "s|127\.0\.0\.1:8795|$services_address|" \
  -e "s|path: knowledge|path: $here/knowledge|" -e "s|prompt_file: |prompt_file: $here/|" \
  -e "s|\.\./prices\.yaml|$here/../prices.yaml|" \
  -e "s|path: \.headgate|path: $work/storage|" "$here/headgate.yaml" > "$config"
start gateway "$headgate" serve -c "$config" --listen 127.0.0.1:0
gateway=http://$address
lead=(--url "$gateway" --key env:DEMO_APPROVER_KEY)

# get PATH: from the services or the gateway, as the team lead.
get() {
  python3 -c 'import os, sys, urllib.request
request = urllib.request.Request(sys.argv[1])
request.add_header("authorization", "Bearer " + os.environ["DEMO_APPROVER_KEY"])
print(urllib.request.urlopen(request, timeout=20).read().decode())' "$1"
}

"$headgate" agents graph -c "$config" --format mermaid | grep -E -- '-->' || true
"$headgate" kb build shop -c "$config" --gateway "$gateway" --key env:DEMO_AGENT_KEY

load=("$headgate" load "$here/tickets.jsonl" --gateway "$gateway" --key env:DEMO_AGENT_KEY
  --agent triage -c "$config")
[[ -z ${TICKETS:-} ]] || load+=(--tickets "$TICKETS")
failed=0

title "The tickets"
"${load[@]}" || failed=1

title "Refunds over 100 euro wait for the team lead"
"$headgate" approvals ls "${lead[@]}"
waiting=$("$headgate" approvals ls "${lead[@]}" --json | python3 -c 'import json, sys
for call in json.load(sys.stdin)["data"]:
    print(call["run_id"], call["call_id"])')
echo
while read -r run call; do
  [[ -z $run ]] || "$headgate" approvals approve "$run" "$call" --reason "the books say so" \
    "${lead[@]}" || failed=1
done <<< "$waiting"
shown=${waiting%% *}
if [[ -z $shown ]]; then
  echo "run.sh: no refund waits for approval" >&2
  exit 1
fi
status=running
for _ in $(seq 1 200); do
  status=$(get "$gateway/v1/runs/$shown" | field status)
  [[ $status == running || $status == waiting_for_approval ]] || break
  sleep 0.05
done
echo "$shown is $status: $(get "$gateway/v1/runs/$shown" | field output)"
[[ $status == finished ]] || failed=1

title "Its trace, from triage to the approved refund"
trace=$(get "$gateway/v1/runs/$shown" | field trace_id)
for _ in $(seq 1 100); do
  "$headgate" trace show "$trace" -c "$config" > "$work/trace" 2>&1 || true
  ! grep -q 'Workflow: triage' "$work/trace" || break
  sleep 0.05
done
grep -E '(Trace ID|Workflow|Agent|LLM call|Tool call|Handoff|Approval|Retrieval)' "$work/trace" ||
  failed=1

title "Refused: orders and tickets of other customers, money that is not owed"
"$headgate" audit ls -c "$config" --action call.denied --limit 20 | tee "$work/denied"
grep -q own_orders "$work/denied" || failed=1

title "All tickets again, with the same Idempotency-Keys"
before=$(get "http://$services_address/digest" | field digest)
"${load[@]}" --json > "$work/again.json" || failed=1
after=$(get "http://$services_address/digest" | field digest)
python3 - "$work/again.json" "$before" "$after" << 'PYTHON' || failed=1
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    again = json.load(file)
same = sys.argv[2] == sys.argv[3]
print(f"{again['finished']} of {again['tickets']} finished, {again['lost']} lost; the shop's books "
      f"are {'as before' if same else 'CHANGED'} ({sys.argv[3][:23]}…)")
sys.exit(0 if same and again["finished"] == again["tickets"] and not again["lost"] else 1)
PYTHON

title "What it cost"
"$headgate" report calls -c "$config" --by model

if [[ $once != --once ]]; then
  cat << TEXT

  Gateway   $gateway/v1      metrics  $gateway/metrics
  Lab       http://$lab_address/v1      journal  http://$lab_address/lab/requests
  Services  http://$services_address/effects    and /digest, /tickets

Send a ticket of your own:

  curl $gateway/v1/agents/triage/runs \\
    -H "authorization: Bearer $DEMO_AGENT_KEY" -H "x-user-id: tomasz.l" \\
    -d '{"session_id": "T-9001", "input": "Ticket T-9001\nSubject: Plus\n\nWhat does Plus cost?"}'

and see what became of it:

  $headgate trace ls -c $config --limit 5

Ctrl-C ends all of it and removes everything.
TEXT
  wait -n "${pids[@]}" || true
  echo "run.sh: a process ended by itself" >&2
  exit 1
fi

stop_all || failed=1
exit "$failed"
