import { assert } from "@std/assert";
import { FencedError, TopicMissingError } from "../../src/kafka/client/errors.ts";
import { LineWriteError } from "../../src/lines/lines.ts";
import { FinalError } from "../../src/record/final_error.ts";

Deno.test("FinalError is what a fenced producer, a missing topic and an output without a reader end with", () => {
  const errors = [
    new FencedError("id", null),
    new TopicMissingError("topic"),
    new LineWriteError("out", new Error("gone")),
  ];
  for (const error of errors) assert(error instanceof FinalError, error.name);
});
