# shellcheck shell=bash
# Sourced by the other scripts: where the project is, and how progress looks. Bash 5.
set -euo pipefail
script=$(realpath "$0")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# npm trusts what the system trusts, such as a company's own certificate authority.
system_authorities=/etc/ssl/certs/ca-certificates.crt
if [[ -z ${NODE_EXTRA_CA_CERTS:-} && -r $system_authorities ]]; then
  export NODE_EXTRA_CA_CERTS=$system_authorities
fi

# One clock for a script and those it starts.
export HEADGATE_STARTED=${HEADGATE_STARTED:-$EPOCHSECONDS}
step() { printf '\n== [%4ds] %s\n' "$((EPOCHSECONDS - HEADGATE_STARTED))" "$*"; }
die() {
  printf '%s: %s\n' "$(basename "$script")" "$*" >&2
  exit 2
}
# The comment at the top of a script is its help.
usage() { sed -n '1d;/^#/!q;s/^# \{0,1\}//p' "$script"; }
