#!/usr/bin/env bash
# The whole journey: a server with a database of its own, an import, a roll-up, the totals. It leaves nothing behind.
#
#   examples/journey.sh [access log ...]
#
# Needs `npm ci` before, and takes a few seconds. Without a log it imports the sample beside it.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
bin=$here/../server/bin/count.js
count() { node "$bin" "$@"; }
[ $# -gt 0 ] || set -- "$here/access.log"

# PostgreSQL does not run as root: when root starts this, another user must be able to get into the folder.
work=$(mktemp -d "${TMPDIR:-/tmp}/count-journey.XXXXXX")
chmod 755 "$work"

server=
finish() {
  code=$?
  trap - EXIT
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" || true
  fi
  [ $code -eq 0 ] || cat "$work/serve.log" >&2 || true
  rm -rf "$work"
  exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM

step() {
  echo
  echo "\$ $*"
}

# Port 0 lets the system choose a free one; the log says which.
step count serve --migrate --data-dir "$work/data" --grpc-address 127.0.0.1:0 --http-address 127.0.0.1:0 --web-address off
node "$bin" serve --migrate --data-dir "$work/data" --grpc-address 127.0.0.1:0 --http-address 127.0.0.1:0 --web-address off \
  --log-format json --drain-delay-ms 0 >"$work/serve.log" 2>&1 &
server=$!

tries=600
while :; do
  COUNT_SERVER=$(sed -n 's/.*"grpc":"\([^"]*\)".*"Count is ready".*/\1/p' "$work/serve.log")
  [ -z "$COUNT_SERVER" ] || break
  kill -0 "$server" 2>/dev/null || { echo "the server ended" >&2; exit 1; }
  tries=$((tries - 1))
  [ $tries -gt 0 ] || { echo "the server is not ready after a minute" >&2; exit 1; }
  sleep 0.1
done
export COUNT_SERVER
echo "serving on $COUNT_SERVER"

step count import "$@"
count import --no-progress "$@"

step count import "$@" "   # again: nothing is counted twice"
count import --no-progress "$@"

step count rollup
count rollup

step count totals --from 2000 --sum --top 10
count totals --from 2000 --sum --top 10

step count rollup "   # again: nothing is added twice"
count rollup
