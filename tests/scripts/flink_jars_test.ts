import { assertStringIncludes } from "@std/assert";
import { CONNECTOR_VERSION, FLINK_VERSION } from "../../scripts/flink_jars.ts";
import { readFile } from "../support/documents.ts";

Deno.test("the recipe for Flink names the versions that it is run with", () => {
  const text = readFile("docs/recipes/flink.md").replaceAll(/\s+/g, " ");
  assertStringIncludes(text, `Flink ${FLINK_VERSION}`);
  assertStringIncludes(text, `connector ${CONNECTOR_VERSION}`);
});
