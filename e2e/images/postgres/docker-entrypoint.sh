#!/bin/bash
# What the official image's entry point promises, as far as a bundle uses it: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB (each
# also as …_FILE), POSTGRES_INITDB_ARGS, POSTGRES_HOST_AUTH_METHOD, PGDATA, and *.sh and *.sql in /docker-entrypoint-initdb.d.
set -Eeuo pipefail

from_file() { # NAME DEFAULT
  local file="$1_FILE"
  if [ -n "${!file:-}" ]; then export "$1=$(<"${!file}")"; else export "$1=${!1:-$2}"; fi
}

# Flags alone are flags of postgres.
case "${1:-}" in -*) set -- postgres "$@" ;; esac
if [ "${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  from_file POSTGRES_USER postgres
  from_file POSTGRES_DB "$POSTGRES_USER"
  from_file POSTGRES_PASSWORD ''
  if [ -z "$POSTGRES_PASSWORD" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo 'POSTGRES_PASSWORD is empty' >&2
    exit 1
  fi
  mkdir -p "$PGDATA" && chmod 0700 "$PGDATA" || true
  initdb --username="$POSTGRES_USER" ${POSTGRES_INITDB_ARGS:-}
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  sockets=$(mktemp -d)
  pg_ctl -w start -o "-c listen_addresses='' -c unix_socket_directories=$sockets"
  sql() { psql --no-psqlrc -v ON_ERROR_STOP=1 --host "$sockets" --username "$POSTGRES_USER" "$@"; }
  if [ -n "$POSTGRES_PASSWORD" ]; then
    sql --dbname postgres --set password="$POSTGRES_PASSWORD" --set name="$POSTGRES_USER" \
      <<<"alter role :\"name\" password :'password';"
  fi
  if [ "$POSTGRES_DB" != postgres ]; then sql --dbname postgres --set db="$POSTGRES_DB" <<<'create database :"db";'; fi
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sh) PGHOST=$sockets . "$file" ;;
      *.sql) sql --dbname "$POSTGRES_DB" --file "$file" ;;
    esac
  done
  pg_ctl -m fast -w stop
  rm -rf "$sockets"
fi
unset POSTGRES_PASSWORD
exec "$@"
