import { assertEquals, assertThrows } from "@std/assert";
import {
  hoursAsMs,
  integer,
  oneOf,
  readAutoOrBoolean,
  readBoolean,
  readFilePath,
  readText,
  readTime,
  secondsAsMs,
  timeMsOf,
} from "../../src/config/readers.ts";
import { assertWrong, valueOf } from "../support/read.ts";

Deno.test("valueOf() of these tests throws when the text is wrong", () => {
  assertThrows(() => valueOf(integer(1, 2)("x")), Error, "it is no whole number, a whole number from 1 to 2");
});

Deno.test("readText() drops the line end that a mounted file leaves, and nothing else", () => {
  assertEquals(valueOf(readText(" pass word \r\n")), " pass word ");
});

Deno.test("readFilePath() refuses a folder and a NUL character", () => {
  assertEquals(valueOf(readFilePath("/tmp/bluesky_cursor")), "/tmp/bluesky_cursor");
  assertWrong(readFilePath, ["/tmp/", "a\0b"]);
});

Deno.test("integer() takes whole numbers within its bounds only", () => {
  const read = integer(1, 10);
  assertEquals([valueOf(read("1")), valueOf(read("10")), valueOf(read("007"))], [1, 10, 7]);
  assertWrong(read, ["0", "11", "-1", "1.5", "1e1", "0x5", "five", "", "1 0", "99999999999999999999999"]);
  assertWrong(integer(1, Number.MAX_SAFE_INTEGER), ["9007199254740993"]);
});

Deno.test("secondsAsMs() takes seconds with or without their unit and answers in milliseconds", () => {
  const read = secondsAsMs(0, 3600);
  assertEquals(["30", "30s", "0.5", "0"].map((text) => valueOf(read(text))), [30_000, 30_000, 500, 0]);
  assertWrong(read, ["-1", "3601", "30ms", "1m", "soon", "", "1e3"]);
});

Deno.test("readBoolean() takes the usual words in any case", () => {
  for (const text of ["true", "TRUE", "1", "yes", "on"]) assertEquals(valueOf(readBoolean(text)), true);
  for (const text of ["false", "False", "0", "no", "off"]) assertEquals(valueOf(readBoolean(text)), false);
  assertWrong(readBoolean, ["maybe", "2", "auto", "t"]);
});

Deno.test("readAutoOrBoolean() takes auto too", () => {
  assertEquals(["auto", "true", "no"].map((text) => valueOf(readAutoOrBoolean(text))), ["auto", true, false]);
  assertWrong(readAutoOrBoolean, ["always", ""]);
});

Deno.test("oneOf() takes a word of its list in any case and lists them otherwise", () => {
  const read = oneOf(["debug", "info", "warn"]);
  assertEquals(valueOf(read("WARN")), "warn");
  assertEquals(read("loud"), { kind: "wrong", is: "it is not one of them", expected: "debug, info or warn" });
});

Deno.test("timeMsOf() counts an age back from now, and not beyond the first time that there is", () => {
  assertEquals(timeMsOf({ kind: "age", ageMs: 5000 }, 12_000), 7000);
  assertEquals(timeMsOf({ kind: "age", ageMs: 999_999_999 * 86_400_000 }, Date.now()), 0);
  assertEquals(timeMsOf({ kind: "time", timeMs: 7 }, 12_000), 7);
});

Deno.test("readTime() reads dates and times of ISO 8601, in UTC where they name no zone", () => {
  const noon = Date.UTC(2026, 6, 1, 12);
  for (const text of ["2026-07-01T12:00:00Z", "2026-07-01T12:00", "2026-07-01t14:00:00.000+02:00"]) {
    assertEquals(valueOf(readTime(text)), noon, text);
  }
  assertEquals(valueOf(readTime("2026-07-01")), noon - 12 * 3_600_000);
  assertWrong(readTime, ["", "now", "12:00", "2026-13-01", "1783000000000", "July 1 2026"]);
});

Deno.test("hoursAsMs() reads hours within its bounds", () => {
  const read = hoursAsMs(1, 100);
  assertEquals([valueOf(read("72")), valueOf(read("1.5h"))], [259_200_000, 5_400_000]);
  assertWrong(read, ["0.5", "101", "3d", "-1", "soon"]);
});
