import { assertEquals, assertStringIncludes } from "@std/assert";
import { prettyEvent } from "../../src/events/pretty.ts";

const PLACE = { partition: 2, offset: 41n };
const EVENT = {
  specversion: "1.0",
  type: "Bluesky.Feed.Post",
  source: "wss://x",
  subject: "did:plc:a",
  id: "1",
  time: "2026-01-01T00:00:00Z",
  datacontenttype: "application/json",
  action: "create",
  data: { text: "one\ntwo", langs: ["en", "de"], tags: [], handle: null, labels: "", seq: 5, more: { a: [1] } },
};

Deno.test("prettyEvent() has time, type, action, subject and place in one line, then the fields that say something", () => {
  assertEquals(
    prettyEvent(EVENT, PLACE, { colour: false }),
    [
      "2026-01-01T00:00:00Z  Bluesky.Feed.Post  create  did:plc:a  [2@41]",
      "  text    one",
      "          two",
      "  langs   en, de",
      "  seq     5",
      '  more    {"a":[1]}',
      "  source  wss://x",
      "  id      1",
      "",
      "",
    ].join("\n"),
  );
});

Deno.test("prettyEvent() lets no text of an event command the terminal", () => {
  const data = { text: "\x1b[2J\x07\r\u009b31m\u202egnp.exe\u2066", "\x1b]0;x\x07": 1 };
  const text = prettyEvent({ ...EVENT, type: "\x1b[1mT", data }, PLACE, { colour: false });
  assertEquals(/[\p{Cc}\u202e\u2066]/u.test(text.replaceAll("\n", "")), false, JSON.stringify(text));
  assertStringIncludes(text, "\\u001b[2J\\u0007\\u000d\\u009b31m\\u202egnp.exe\\u2066");
});

Deno.test("prettyEvent() shows a whole record with a line for each of its fields", () => {
  const record = { $type: "com.example.thing", text: "x".repeat(80), at: { $link: "bafy" } };
  assertEquals(prettyEvent({ ...EVENT, data: { record } }, PLACE, { colour: false }).split("\n").slice(1, 7), [
    "  record  {",
    '            "$type": "com.example.thing",',
    `            "text": "${"x".repeat(80)}",`,
    '            "at": {',
    '              "$link": "bafy"',
    "            }",
  ]);
});

Deno.test("prettyEvent() names no place where there is none", () => {
  const [head] = prettyEvent(EVENT, null, { colour: false }).split("\n");
  assertEquals(head, "2026-01-01T00:00:00Z  Bluesky.Feed.Post  create  did:plc:a");
});

Deno.test("prettyEvent() marks by colour where that is wanted, and shows data that is no object", () => {
  assertStringIncludes(prettyEvent(EVENT, PLACE, { colour: true }), "\x1b[1mBluesky.Feed.Post\x1b[0m");
  assertStringIncludes(prettyEvent({ ...EVENT, data: "hello" }, PLACE, { colour: false }), "\n  data    hello\n");
  const { data: _, ...bare } = EVENT;
  assertEquals(prettyEvent(bare, PLACE, { colour: false }).split("\n").length, 5);
});
