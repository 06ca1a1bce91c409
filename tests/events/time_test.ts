import { assert, assertEquals } from "@std/assert";
import { eventTime, isUtcTime } from "../../src/events/time.ts";

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

Deno.test("isUtcTime() takes of times in bytes those alone that eventTime() keeps as they are, up to the 28th of a month", () => {
  const parts = [
    ["2026", "0000", "0001", "9999", "026"],
    ["01", "12", "00", "13", "1"],
    ["01", "28", "29", "31", "00"],
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
    // What it leaves out is decided by the calendar, which knows no case that bytes would have taken.
    const isLate = ["29", "31"].includes(time.slice(8, 10));
    assertEquals(isKept, eventTime(time) === time && !isLate, time);
    if (isKept) kept++;
  }
  assert(kept > 50, `${kept}`);
});
