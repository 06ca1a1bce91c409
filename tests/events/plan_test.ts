import { assertEquals, assertThrows } from "@std/assert";
import {
  choice,
  CID,
  DID,
  HANDLE,
  optionalText,
  type RecordField,
  SEQ,
  text,
  texts,
  URI,
} from "../../src/events/fields.ts";
import { type Plan, planOf } from "../../src/events/plan.ts";

function plan(fields: { readonly [name: string]: RecordField }): Plan {
  return planOf({ type: "T", kind: "records", collection: "c", key: "uri", doc: "D.", fields }, false);
}

const ascii = new TextDecoder();

function pieces({ steps, after }: Plan): string {
  return steps.map(({ before, value }) => `${ascii.decode(before)}<${value}>`).join("") + ascii.decode(after);
}

Deno.test("planOf() puts all that is the same in every event into as few pieces as there are values", () => {
  const made = plan({ uri: URI, cid: CID, did: DID, handle: HANDLE, text: text("text", "t"), seq: SEQ });
  assertEquals(
    pieces(made),
    '"uri":"at://<did>/<path>","cid":"<cid>","did":"<did>","handle":null,"text":<text>,"seq":<seq>',
  );
  assertEquals([made.dids, made.paths, made.slots, made.copies], [2, 1, 1, 1]);
  assertEquals(pieces(plan({ seq: SEQ, handle: HANDLE })), '"seq":<seq>,"handle":null');
});

Deno.test("planOf() finds places that share a beginning together, and gives one place one slot", () => {
  const made = plan({
    uri: optionalText("reply.parent.uri", "u"),
    cid: optionalText("reply.parent.cid", "c"),
    type: optionalText("reply.$type", "t"),
    more: choice("reply.$type", { "x.y": "reply.parent.uri", "x.z": "reply.root" }, "m"),
  });
  const [reply, ...others] = made.root.fields;
  assertEquals([others, reply?.form, reply?.map?.fields.map(({ form }) => form)], [[], "map", ["map", "text", "text"]]);
  assertEquals([made.slots, made.copies, made.steps.at(-1)?.choices], [4, 2, [0, 3]]);
});

Deno.test("planOf() has texts checked that some events do not write, and no others", () => {
  const made = plan({
    type: optionalText("$type", "t"),
    more: choice("$type", { "x.y": "a" }, "m"),
    by: choice("kind", { "x.y": "b" }, "m"),
  });
  assertEquals(made.root.fields.map(({ isChecked }) => isChecked), [false, true, true, true]);
});

Deno.test("planOf() refuses rows that want different things at one place", () => {
  for (
    const fields of [
      { one: text("a", "t"), two: texts("a", "t") },
      { one: text("a", "t"), two: text("a.b", "t") },
      { one: text("a.b", "t"), two: text("a", "t") },
      { one: choice("a", { x: "b" }, "c"), two: choice("a", { y: "b" }, "c") },
    ]
  ) {
    assertThrows(() => plan(fields), TypeError, "Cannot compile T");
  }
});
