#!/bin/sh
# FOLDER SCRIPT: runs a script for which psql talks to a PostgreSQL of its own, in an empty folder. A server does not run
# as root, so root becomes nobody for it.
set -eu
folder=$1
for bin in /usr/lib/postgresql/*/bin; do :; done
mkdir "$folder/data" "$folder/socket"
user=
if [ "$(id -u)" = 0 ]; then
  chmod 755 "$folder"
  chown nobody "$folder/data" "$folder/socket"
  user="setpriv --reuid=nobody --clear-groups"
fi
$user "$bin/initdb" --pgdata="$folder/data" --auth=trust --username=bluesky --no-sync >/dev/null
$user "$bin/pg_ctl" --pgdata="$folder/data" --wait --log="$folder/data/log" \
  -o "-k $folder/socket -c listen_addresses= -c fsync=off" start >/dev/null
trap '$user "$bin/pg_ctl" --pgdata="$folder/data" --mode=immediate stop >/dev/null' EXIT
export PATH="$bin:$PATH" PGHOST="$folder/socket" PGUSER=bluesky PGDATABASE=postgres
export PGOPTIONS="-c client_min_messages=warning"
cd "$folder"
sh -eu -c "$2"
