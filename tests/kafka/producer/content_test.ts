import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Content, type Entry } from "../../../src/kafka/producer/content.ts";
import type { OutRecord } from "../../../src/record/out_record.ts";
import { Notes, outRecord, textOf } from "../../support/records.ts";

/** Takes what it is sent, as `TOPIC: VALUE,VALUE`, but for values that hold an exclamation mark. */
class Taker {
  readonly sent: string[] = [];
  failing = false;

  send = (topic: string, records: readonly OutRecord[]): Promise<ReadonlySet<OutRecord>> => {
    if (this.failing) return Promise.reject(new Error("the broker is gone"));
    this.sent.push(`${topic}: ${records.map(({ value }) => textOf(value)).join()}`);
    return Promise.resolve(new Set(records.filter(({ value }) => textOf(value).includes("!"))));
  };
}

/** Writes of what is too large a shorter letter, which may be too large too. */
function bury(content: Content, notes: Notes) {
  return (topic: string, { record, receipt }: Entry) => {
    const value = textOf(record.value);
    content.write("letters", outRecord("k", `${topic === "letters" ? "" : "letter of "}${value.slice(0, -1)}`), notes);
    receipt.settle(record, "dropped");
  };
}

Deno.test("Content.send() sends the letters of what is too large along, until nothing is left to send", async () => {
  const [content, notes, taker] = [new Content(["events", "letters"]), new Notes(), new Taker()];
  content.write("letters", outRecord("k", "letter"), notes);
  for (const text of ["one", "two!!!", "three!", "four"]) content.write("events", outRecord("k", text), notes);
  assertEquals(content.records, 5);
  await content.send(taker.send, bury(content, notes));
  assertEquals(taker.sent, [
    "events: one,two!!!,three!,four",
    "letters: letter,letter of two!!,letter of three",
    "letters: letter of two!",
    "letters: letter of two",
  ]);
  const dropped = ["two!!! dropped", "three! dropped", "letter of two!! dropped", "letter of two! dropped"];
  assertEquals(notes.told, dropped);
  assertEquals(content.settle(), 5);
  const delivered = ["one", "four", "letter", "letter of three", "letter of two"].map((text) => `${text} delivered`);
  assertEquals(notes.told, [...dropped, ...delivered]);
});

Deno.test("Content.send() sends the same again after a failure, and nothing that was dropped", async () => {
  const [content, notes, taker] = [new Content(["events", "letters"]), new Notes(), new Taker()];
  for (const text of ["one", "two!"]) content.write("events", outRecord("k", text), notes);
  const failing = async () => {
    await content.send((topic, records) => {
      taker.failing = topic === "letters";
      return taker.send(topic, records);
    }, bury(content, notes));
  };
  await assertRejects(failing, Error, "the broker is gone");
  await assertRejects(failing, Error, "the broker is gone");
  taker.failing = false;
  await content.send(taker.send, bury(content, notes));
  assertEquals(taker.sent, ["events: one,two!", "events: one", "events: one", "letters: letter of two"]);
  assertEquals(content.settle(), 2);
  assertEquals(notes.told, ["two! dropped", "one delivered", "letter of two delivered"]);
});

Deno.test("Content.send() asks for nothing where there is nothing, and takes no topic that is not its own", async () => {
  const [content, taker] = [new Content(["events"]), new Taker()];
  await content.send(taker.send, () => {});
  assertEquals([taker.sent, content.settle()], [[], 0]);
  assertThrows(() => content.write("letters", outRecord("k", "a"), new Notes()), TypeError);
});
