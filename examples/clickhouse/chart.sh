#!/usr/bin/env bash
# Draws what happened in a topic: reads it to its present end and runs chart.sql on its events. Options are those of
# `consume`, such as --from 1h.
set -uo pipefail
folder=$(cd "$(dirname "$0")" && pwd)

if command -v clickhouse >/dev/null; then
  engine() { clickhouse local --queries-file "$folder/chart.sql" --output-format PrettyCompact; }
elif python3 -c 'import importlib.util as u, sys; sys.exit(u.find_spec("chdb") is None)' 2>/dev/null; then
  # ClickHouse as a library. Ctrl+C ends it without a traceback.
  program='import signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL)
import chdb
with open(sys.argv[1], encoding="utf-8") as file: rows = chdb.query(file.read(), "PrettyCompact")
sys.stdout.buffer.write(rows.bytes())'
  engine() { python3 -c "$program" "$folder/chart.sql"; }
else
  echo "Error: ClickHouse is missing. Install one of: ClickHouse (curl https://clickhouse.com/ | sh), chDB (pip install chdb)" >&2
  exit 1
fi

if command -v bluesky_firehose >/dev/null; then
  events() { bluesky_firehose consume "$@"; }
else
  events() { (cd "$folder/../.." && deno task -q start consume "$@"); }
fi

export KAFKA_BOOTSTRAP_SERVERS=${KAFKA_BOOTSTRAP_SERVERS:-localhost:9092} KAFKA_TOPIC=${KAFKA_TOPIC:-bluesky}
events --until-end --format ndjson "$@" | engine
