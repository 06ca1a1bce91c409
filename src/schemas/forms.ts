/**
 * FORMS: every form that the registry is to be had in, by its name.
 *
 * @module
 */
import type { EventDefinition } from "../events/definition.ts";
import { avroSchema } from "./avro.ts";
import { clickhouseSql } from "./clickhouse.ts";
import { flinkSql } from "./flink.ts";
import { jsonSchema } from "./json_schema.ts";
import { kqlScript } from "./kql.ts";
import { postgresSql } from "./postgres.ts";
import { xregistry } from "./xregistry.ts";

/** One form of the registry. */
export interface Form {
  /** What it is, for help. */
  readonly doc: string;
  /** The text for these types, with a newline at the end. */
  readonly print: (types: readonly EventDefinition[]) => string;
}

/** Every form; the first is the one that is printed unless another is asked for. */
export const FORMS = {
  "json-schema": {
    doc: "JSON Schema, draft 2020-12, of the structured event",
    print: (types) => json(jsonSchema(types)),
  },
  "avro": { doc: "Avro schema of the event", print: (types) => json(avroSchema(types)) },
  "xregistry": { doc: "xRegistry document: messages and schemas", print: (types) => json(xregistry(types)) },
  "kql": { doc: "script for Azure Data Explorer and Fabric Eventhouse", print: kqlScript },
  "clickhouse": { doc: "tables of ClickHouse", print: clickhouseSql },
  "postgres": { doc: "tables of PostgreSQL", print: postgresSql },
  "flink": { doc: "tables of Flink SQL", print: flinkSql },
} as const satisfies { readonly [name: string]: Form };

/** The name of a form. */
export type FormName = keyof typeof FORMS;

function json(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}
