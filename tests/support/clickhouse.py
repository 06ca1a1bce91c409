"""SCHEMA FILE... TABLE,...: files events as the recipe for ClickHouse does, in an engine of this process (chDB), and
prints the rows of each table as one line of JSON. A file NAME.sql has statements instead of events. The topic alone is not Kafka's: its queue takes what is inserted, as
chDB has the engine for Kafka, reads its settings, and starts no consumers."""
import json
import re
import sys
from tempfile import TemporaryDirectory

from chdb.session import Session

schema, *inputs, tables = sys.argv[1:]
with TemporaryDirectory() as folder:
    session = Session(folder)
    with open(schema, encoding="utf-8") as file:
        queue, *statements = file.read().strip().rstrip(";").split(";\n")
    try:
        session.query(queue)
    except Exception as error:
        if "Shutdown was called" not in str(error):
            raise
    session.query("DROP TABLE bluesky_queue")
    queue, replaced = re.subn(r"ENGINE = Kafka\nSETTINGS[^;]*$", "ENGINE = Null", queue)
    assert replaced == 1, queue
    for statement in [queue, *statements]:
        session.query(statement)
    for path in inputs:
        if path.endswith(".sql"):
            with open(path, encoding="utf-8") as file:
                for statement in file.read().strip().rstrip(";").split(";\n"):
                    session.query(statement)
            continue
        session.query(f"INSERT INTO bluesky_queue SELECT json FROM file('{path}', 'JSONAsString')")
    for table in tables.split(","):
        # A view has it already.
        final = "" if table.endswith("_latest") else "FINAL"
        rows = session.query(
            f"SELECT * FROM {table} {final} FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0"
        ).bytes()
        print(json.dumps([json.loads(row) for row in rows.decode().split("\n") if row]))
    session.close()
