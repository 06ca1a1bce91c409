import { assertEquals } from "@std/assert";
import { decodeFrame } from "../../src/atproto/frame.ts";
import { isUtcTime } from "../../src/events/time.ts";
import * as b from "../fuzz/bytes.ts";
import {
  assertLeft,
  assertTaken,
  commitAt,
  commitOfRecords,
  commitWith,
  LIKE,
  record,
  textOf,
  utf8,
  WHOLE,
} from "../support/core.ts";

/** All bytes but those of UTF-8's longer characters, which stand for themselves. */
const CODES = Array.from({ length: 128 }, (_, code) => code);

function isTime(text: string): boolean {
  const bytes = utf8(text);
  return isUtcTime(bytes, { start: 0, end: bytes.length });
}

const pad = (value: number, digits = 2) => String(value).padStart(digits, "0");

Deno.test("isUtcTime() takes the days that there are", () => {
  let taken = 0;
  for (const year of [0, 1, 4, 100, 400, 1900, 2000, 2023, 2024, 9999]) {
    for (let month = 0; month <= 13; month++) {
      for (const day of [0, 1, 28, 29, 30, 31, 32]) {
        const time = `${pad(year, 4)}-${pad(month)}-${pad(day)}T00:00:00Z`;
        const message = commitWith({ time: b.text(time) });
        if (isTime(time)) assertTaken(message, undefined, 1, time);
        else assertLeft(message, 1, undefined, time);
        taken += isTime(time) ? 1 : 0;
      }
    }
  }
  // Of nine years 12 first and 28th days, and what is longer.
  assertEquals(taken, 9 * (24 + 11 + 11 + 7) + 4);
});

Deno.test("isUtcTime() takes the hours, minutes and seconds that there are, and up to nine digits of a fraction", () => {
  for (const [hour, minute, second] of [[23, 59, 59], [24, 0, 0], [0, 60, 0], [0, 0, 60], [0, 0, 0], [99, 99, 99]]) {
    const time = `2026-07-01T${pad(hour ?? 0)}:${pad(minute ?? 0)}:${pad(second ?? 0)}Z`;
    if (isTime(time)) assertTaken(commitWith({ time: b.text(time) }), undefined, 1, time);
    else assertLeft(commitWith({ time: b.text(time) }), 1, undefined, time);
  }
  for (let digits = 0; digits <= 11; digits++) {
    const time = `2026-07-01T12:00:00.${"123456789012".slice(0, digits)}Z`;
    assertEquals(isTime(time), digits > 0 && digits < 10, time);
    if (isTime(time)) assertTaken(commitWith({ time: b.text(time) }), undefined, 1, time);
    else assertLeft(commitWith({ time: b.text(time) }), 1, undefined, time);
  }
});

Deno.test("isUtcTime() leaves whatever has another character in its place", () => {
  const good = "2026-07-01T12:00:00.123Z";
  for (let place = 0; place < good.length; place++) {
    for (const other of ["/", ":", "-", "Z", " ", "5", "a", "\0", "T", "+"]) {
      const time = good.slice(0, place) + other + good.slice(place + 1);
      const message = commitWith({ time: b.text(time) });
      if (isTime(time)) assertTaken(message, undefined, 1, time);
      else assertLeft(message, 1, undefined, time);
    }
  }
});

Deno.test("isEarlier() chooses the time to sort by as the generic path does", () => {
  const fractions = ["", ".0", ".00", ".1", ".12", ".123456", ".123456789", ".13", ".999999999"];
  const times = ["2026-07-01T11:59:59", "2026-07-01T12:00:00", "2026-07-01T12:00:01", "0001-01-01T00:00:00"];
  const all = times.flatMap((time) => fractions.map((fraction) => `${time}${fraction}Z`));
  for (const time of all.slice(9, 18)) {
    for (const createdAt of all) {
      const message = commitOfRecords([[LIKE, record({ createdAt: b.text(createdAt) })]], { time: b.text(time) });
      assertTaken(message, WHOLE, 1, `${createdAt} in a message of ${time}`);
    }
  }
});

Deno.test("isDid() takes each character that a DID may have, where it may stand", () => {
  for (const code of CODES) {
    for (const did of [["did:plc:a", [code], "b"], ["did:", [code], ":a"], ["did:plc:", [code]], [[code], "id:a:b"]]) {
      const message = commitWith({ repo: textOf(...did) });
      const isValid = decodeFrame(message).kind === "commit";
      if (isValid) assertTaken(message, undefined, 1, `${did}`);
      else assertLeft(message, 0, undefined, `${did}`);
    }
  }
  for (const did of ["did:a:b", `did:web:${"x".repeat(2040)}`, "did:web:a.b%3A80", "did:a:::"]) {
    assertTaken(commitWith({ repo: b.text(did) }), undefined, 1, did);
  }
  for (const did of ["", "d", "did", "did:", "did:a", "did:a:", "did::a", "did:a:é"]) {
    assertLeft(commitWith({ repo: b.text(did) }), 0, undefined, did);
  }
  assertLeft(commitWith({ repo: b.text(`did:web:${"x".repeat(2041)}`) }), 1);
});

Deno.test("isRevision() takes small letters and digits, up to 64 of them", () => {
  for (const code of CODES) {
    const message = commitWith({ rev: textOf("3l", [code]) });
    if (/[a-z0-9]/.test(String.fromCharCode(code))) assertTaken(message, undefined, 1, `${code}`);
    else assertLeft(message, 1, undefined, `${code}`);
  }
  assertTaken(commitWith({ rev: b.text("3".repeat(64)) }));
  assertLeft(commitWith({ rev: b.text("3".repeat(65)) }), 1);
  assertLeft(commitWith({ rev: b.text("") }), 0);
});

Deno.test("tidTimeMs() reads the time of a revision as the generic path does, and none of what is no identifier", () => {
  // Both are compared within.
  for (
    const rev of [
      "3lzzzzzzzzz2a",
      "2222222222222",
      "7777777777777",
      "zzzzzzzzzzzzz",
      "jzzzzzzzzzzzz",
      "3l",
      "a".repeat(14),
    ]
  ) {
    assertTaken(commitWith({ rev: b.text(rev) }), undefined, 1, rev);
  }
  for (let place = 0; place < 13; place++) {
    for (const other of ["0", "1", "2", "7", "8", "9", "a", "z"]) {
      const rev = `3lzzzzzzzzz2a`.slice(0, place) + other + `3lzzzzzzzzz2a`.slice(place + 1);
      assertTaken(commitWith({ rev: b.text(rev) }), undefined, 1, rev);
    }
  }
});

Deno.test("isRecordKey() takes 1 to 512 of the characters that a record key may have, but no dots alone", () => {
  for (const code of CODES) {
    // What stands before a second slash is part of the key, which may have none.
    const isIn = /[A-Za-z0-9._:~-]/.test(String.fromCharCode(code));
    for (const key of [["a", [code]], [[code], "a"]]) {
      if (isIn) assertTaken(commitAt(`${LIKE}/`, ...key), undefined, 1, `${key}`);
      else assertLeft(commitAt(`${LIKE}/`, ...key), 0, undefined, `${key}`);
    }
  }
  for (const key of ["a", "...", ".a", "a.", "self", "a".repeat(512), "."]) {
    if (key === ".") assertLeft(commitAt(`${LIKE}/${key}`), 0);
    else assertTaken(commitAt(`${LIKE}/${key}`), undefined, 1, key);
  }
  for (const key of ["", "..", "a".repeat(513), "é"]) assertLeft(commitAt(`${LIKE}/${key}`), 0, undefined, key);
});
