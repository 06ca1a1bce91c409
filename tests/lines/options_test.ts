import { assertEquals } from "@std/assert";
import { readOutput } from "../../src/lines/options.ts";
import { assertWrong, valueOf } from "../support/read.ts";

Deno.test("readOutput() tells Kafka, standard output and a file apart", () => {
  assertEquals(valueOf(readOutput("kafka")), { kind: "kafka" });
  assertEquals(valueOf(readOutput("-")), { kind: "stdout" });
  assertEquals(valueOf(readOutput("./kafka")), { kind: "file", path: "./kafka" });
  assertEquals(valueOf(readOutput("/var/events.ndjson")), { kind: "file", path: "/var/events.ndjson" });
  assertWrong(readOutput, ["out/"]);
});
