import { assert, assertEquals } from "@std/assert";
import { eventTime, isEarlier, isEarlierIn, isUtcTime, sortTime, utcTimeMs } from "../../src/events/time.ts";

Deno.test("eventTime() keeps UTC times with all digits, completes or converts others, and takes none that databases refuse", () => {
  const times: [string, string | null][] = [
    ["2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"],
    ["2026-07-01T12:00:00.123456789Z", "2026-07-01T12:00:00.123456789Z"],
    ["2026-02-24T14:05:20.5215469", "2026-02-24T14:05:20.5215469Z"],
    ["2026-07-01T12:00:00+02:00", "2026-07-01T10:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"],
    ["2026-02-29T00:00:00Z", null],
    ["2026-02-31T00:00:00Z", null],
    ["2026-13-01T00:00:00Z", null],
    ["2026-07-01T25:00:00Z", null],
    ["0000-01-01T00:00:00+14:00", null],
    ["9999-12-31T23:59:59-01:00", null],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
    ["0000-12-31T23:59:59Z", null],
    ["0000-12-31T00:00:00", null],
    ["0000-12-31T12:00:00+01:00", null],
    ["2026-07-01T12:00:00.1234567891Z", null],
    ["2026-07-01T12:00:00.1234567891", null],
    ["2026-07-01T12:00:00.1234567891+02:00", null],
    ["2026-07-01", null],
    ["yesterday", null],
    ["", null],
  ];
  for (const [time, wanted] of times) assertEquals(eventTime(time), wanted, time);
});

Deno.test("utcTimeMs() is what Date.parse() gives, on every day of the calendar and for all fractions", () => {
  const msOf = (time: string) => {
    const bytes = new TextEncoder().encode(`"${time}"`);
    return utcTimeMs(bytes, { start: 1, end: bytes.length - 1 });
  };
  let days = 0;
  for (const [first, last] of [[1, 5], [1895, 2105], [2395, 2405], [9998, 9999]] as const) {
    const end = Date.UTC(last, 11, 31);
    // Date.UTC() takes years below 100 for some of the last century.
    for (
      let ms = new Date(0).setUTCFullYear(first, 0, 1);
      ms <= (last < 100 ? new Date(0).setUTCFullYear(last, 11, 31) : end);
      ms += 86_400_000
    ) {
      const time = new Date(ms + (++days * 12_345_678) % 86_400_000).toISOString();
      assertEquals(msOf(time), Date.parse(time), time);
    }
  }
  assert(days > 80_000, `${days}`);
  for (const fraction of ["", ".1", ".12", ".123", ".9999", ".123456789"]) {
    const time = `2026-02-28T23:59:59${fraction}Z`;
    assertEquals(msOf(time), Date.parse(time), time);
  }
});

Deno.test("isUtcTime() takes of times in bytes those alone that eventTime() keeps as they are", () => {
  const parts = [
    ["2026", "2024", "1900", "2000", "0000", "0001", "9999", "026"],
    ["01", "02", "04", "12", "00", "13", "1"],
    ["01", "28", "29", "30", "31", "00", "32"],
    ["00", "23", "24"],
    ["59", "60"],
    ["59", "60"],
    ["", ".", ".1", ".123456789", ".1234567891", ".x"],
    ["Z", "z", "", "+00:00"],
  ];
  const times = parts.reduce<string[][]>((all, part) => all.flatMap((head) => part.map((each) => [...head, each])), [
    [],
  ])
    .map(([year, month, day, hour, minute, second, fraction, zone]) =>
      `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}${zone}`
    );
  let kept = 0;
  for (const time of times) {
    const bytes = new TextEncoder().encode(`"${time}"`);
    const isKept = isUtcTime(bytes, { start: 1, end: bytes.length - 1 });
    // Date knows the calendar too.
    const date = new Date(`${time.slice(0, 10)}T00:00:00Z`);
    const exists = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(time.slice(0, 10));
    assertEquals(isKept, exists && eventTime(time) === time, time);
    if (isKept) kept++;
  }
  assert(kept > 50, `${kept}`);
});

Deno.test("isEarlier() and isEarlierIn() order times as their instants, whatever their digits", () => {
  const times = ["2025-12-31T23:59:59.999999999Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000001Z"]
    .concat(["2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.51Z", "2026-01-01T00:00:01Z", "2026-01-10T00:00:00Z"]);
  const bytes = new TextEncoder().encode(times.join(""));
  const starts = times.map((_, i) => times.slice(0, i).join("").length);
  const span = (i: number) => ({ start: starts[i] ?? 0, end: (starts[i] ?? 0) + (times[i] ?? "").length });
  for (const [i, a] of times.entries()) {
    for (const [j, b] of times.entries()) {
      assertEquals([isEarlier(a, b), isEarlierIn(bytes, span(i), span(j))], [i < j, i < j], `${a} ${b}`);
    }
  }
});

Deno.test("sortTime() is createdAt where that is a time before the event's, and else the event's", () => {
  const time = "2026-07-01T12:00:00.25Z";
  const sorted: [string, string][] = [
    ["2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"],
    ["2026-07-01T12:00:00.3Z", time],
    ["2026-07-01T14:00:00.1+02:00", "2026-07-01T12:00:00.100Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
    ["0000-01-01T00:00:00Z", time],
    ["9999-12-31T23:59:59Z", time],
    ["2026-07-01T12:00:00.1234567891Z", time],
    ["yesterday", time],
    ["", time],
  ];
  for (const [createdAt, wanted] of sorted) assertEquals(sortTime(createdAt, time), wanted, createdAt);
});
