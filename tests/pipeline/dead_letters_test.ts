import { assertEquals, assertRejects } from "@std/assert";
import { DeadLetters, type EncodeLetter, RAW_BOUNDS } from "../../src/pipeline/dead_letters.ts";
import { ScriptedProducer } from "../support/pipeline.ts";
import { recordOf } from "../support/records.ts";

/** A letter that notes with how many raw bytes it was made. */
function letter(bounds: number[]): EncodeLetter {
  return (topic, maxRawBytes) => {
    bounds.push(maxRawBytes);
    assertEquals(topic, "letters");
    return recordOf(topic, "h", `${maxRawBytes}`);
  };
}

Deno.test("DeadLetters.write() writes a letter once where it fits, and tells so once that is settled", async () => {
  const sink = new ScriptedProducer();
  const letters = new DeadLetters(sink, "letters");
  const [bounds, told]: [number[], string[]] = [[], []];
  letters.write(letter(bounds), (outcome) => told.push(outcome));
  assertEquals([bounds, told], [[Infinity], []]);
  sink.settle(0, "delivered");
  await letters.flush();
  assertEquals(told, ["delivered"]);
});

Deno.test("DeadLetters.write() writes a letter that is too large again with less in it, and gives up at nothing", () => {
  for (const fits of [1, 3, RAW_BOUNDS.length]) {
    const sink = new ScriptedProducer();
    const letters = new DeadLetters(sink, "letters");
    const [bounds, told]: [number[], string[]] = [[], []];
    letters.write(letter(bounds), (outcome) => told.push(outcome));
    while (told.length === 0) sink.settle(0, bounds.length > fits ? "delivered" : "dropped");
    assertEquals(bounds, RAW_BOUNDS.slice(0, fits + 1));
    assertEquals(told, [fits === RAW_BOUNDS.length ? "dropped" : "delivered"]);
  }
});

Deno.test("DeadLetters fails as its sink does", async () => {
  const sink = new ScriptedProducer();
  const letters = new DeadLetters(sink, "letters");
  sink.fail(new Error("the disk is full"));
  await assertRejects(() => letters.failed, Error, "the disk is full");
});
