#!/usr/bin/env bash
# The support desk on this machine: starts the lab as the model provider and the gateway before it,
# answers every ticket, prints a summary and one trace. Nothing is left on disk.
#
#   run.sh          then stays up, so that you can send requests yourself; Ctrl-C ends it
#   run.sh --once   ends after the summary; exit code 0 when everything went well
#
# $HEADGATE is the binary (default: headgate on the PATH).
set -euo pipefail

case ${1:-} in
  --once | "") once=${1:-} ;;
  -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "run.sh: unknown option $1; see run.sh --help" >&2; exit 64 ;;
esac

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
headgate=${HEADGATE:-headgate}
command -v "$headgate" > /dev/null || {
  echo "run.sh: no binary at '$headgate'; build it with scripts/build, then set HEADGATE" >&2
  exit 69
}

work=$(mktemp -d)
lab=
gateway=

# Ends a process of ours and reports how: a demo that leaves one behind, or crashes it, has failed.
stop() {
  local name=$1 pid=$2 code=0
  kill -TERM "$pid" 2> /dev/null || true
  wait "$pid" || code=$?
  [[ $code == 0 ]] || echo "run.sh: $name ended with $code; its log:" >&2
  [[ $code == 0 ]] || tail -n 20 "$work/$name.log" >&2
  return "$code"
}

cleanup() {
  trap - EXIT INT TERM
  [[ -z $gateway ]] || stop gateway "$gateway" || true
  [[ -z $lab ]] || stop lab "$lab" || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The address in a ready file, once the process has written it.
address() {
  local name=$1 pid=$2 file=$work/$1.ready
  for _ in $(seq 1 600); do
    if [[ -s $file ]]; then
      python3 -c 'import json, sys
print(json.load(sys.stdin)["listeners"][0]["address"])' < "$file"
      return
    fi
    kill -0 "$pid" 2> /dev/null || break
    sleep 0.05
  done
  echo "run.sh: $name did not start; its log:" >&2
  cat "$work/$name.log" >&2
  return 1
}

# Keys for one run: they live in this environment and nowhere else.
random_key() { python3 -c 'import secrets; print("sk-demo-" + secrets.token_hex(16))'; }
DEMO_PROVIDER_KEY=$(random_key)
DEMO_AGENT_KEY=$(random_key)
export DEMO_PROVIDER_KEY DEMO_AGENT_KEY

"$headgate" lab "$here/lab.yaml" --listen 127.0.0.1:0 --ready-file "$work/lab.ready" \
  > "$work/lab.log" 2>&1 &
lab=$!
lab_address=$(address lab "$lab")

# The configuration as it is in the repository, with this run's addresses and folders.
config=$work/headgate.yaml
sed -e "s|http://127.0.0.1:8790/v1|http://$lab_address/v1|" \
  -e "s|\.\./prices\.yaml|$here/../prices.yaml|" \
  -e "s|path: \.headgate|path: $work/storage|" "$here/headgate.yaml" > "$config"
"$headgate" serve -c "$config" --listen 127.0.0.1:0 --ready-file "$work/gateway.ready" \
  > "$work/gateway.log" 2>&1 &
gateway=$!
gateway_address=$(address gateway "$gateway")

failed=0
python3 "$here/drive.py" --gateway "http://$gateway_address" --headgate "$headgate" \
  --storage "$work/storage" || failed=$?

if [[ $once != --once ]]; then
  cat << TEXT

  Gateway   http://$gateway_address/v1      metrics  http://$gateway_address/metrics
  Lab       http://$lab_address/v1      journal  http://$lab_address/lab/requests

Send a request of your own:

  curl http://$gateway_address/v1/chat/completions \\
    -H "authorization: Bearer $DEMO_AGENT_KEY" -H "content-type: application/json" \\
    -d '{"model": "support-reply", "messages": [{"role": "user", "content": "Hello"}]}'

and see what became of it:

  $headgate trace ls --storage $work/storage

Ctrl-C ends both and removes everything.
TEXT
  wait -n "$gateway" "$lab" || true
  echo "run.sh: the gateway or the lab ended by itself" >&2
  exit 1
fi

stop gateway "$gateway" || failed=1
gateway=
stop lab "$lab" || failed=1
lab=
exit "$failed"
