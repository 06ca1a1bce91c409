import { assertEquals } from "@std/assert";
import { createLog, LEVELS, type LogOptions } from "../../src/telemetry/log.ts";

function logged(options: Partial<LogOptions>) {
  const lines: string[] = [];
  const log = createLog({
    level: "info",
    format: "text",
    hide: (line) => line,
    now: () => new Date("2026-01-02T03:04:05.678Z"),
    write: (line) => lines.push(line),
    ...options,
  });
  return { log, lines };
}

Deno.test("createLog() leaves out what is below the level", () => {
  const { log, lines } = logged({ level: "warn" });
  log("info", "quiet");
  log("warn", "loud");
  assertEquals(lines, ["03:04:05 WARN  loud"]);
});

Deno.test("createLog() writes text with quoted fields, without those that are null", () => {
  const { log, lines } = logged({});
  log("info", "Started", { from: "a b", count: 3, none: null });
  assertEquals(lines, ['03:04:05 INFO  Started from="a b" count=3']);
});

Deno.test("createLog() writes one JSON object a line", () => {
  const { log, lines } = logged({ format: "json" });
  log("error", "Line\nbreak", { seq: 1, none: null });
  assertEquals(lines.length, 1);
  assertEquals(JSON.parse(lines[0] ?? ""), {
    time: "2026-01-02T03:04:05.678Z",
    level: "error",
    message: "Line\nbreak",
    seq: 1,
    none: null,
  });
});

Deno.test("createLog() gives every JSON line a time, a level and a message first, and stays on one line", () => {
  const { log, lines } = logged({ format: "json", level: "debug" });
  for (const level of LEVELS) log(level, "Happened", { text: "a\nb\u2028c\r", count: 1 });
  assertEquals(lines.length, 4);
  for (const [i, line] of lines.entries()) {
    assertEquals(/[\r\n]/.test(line), false);
    assertEquals(Object.keys(JSON.parse(line)), ["time", "level", "message", "text", "count"]);
    assertEquals(JSON.parse(line).level, LEVELS[i]);
    assertEquals(JSON.parse(line).text, "a\nb\u2028c\r");
  }
});

Deno.test("createLog() cuts what a server sent, after it has hidden what is secret", () => {
  for (const format of ["text", "json"] as const) {
    const { log, lines } = logged({ format, hide: (line) => line.replaceAll("hunter2", "***") });
    log("info", `${"x".repeat(1997)}hunter2`, { text: "y".repeat(5_000_000) });
    assertEquals(lines[0]?.includes("hunte"), false);
    assertEquals((lines[0]?.length ?? 0) < 4500, true, `${lines[0]?.length}`);
  }
});

Deno.test("createLog() lets no control character of a message reach the terminal", () => {
  const { log, lines } = logged({});
  log("info", "a\nb\x1b[31mc");
  assertEquals(lines, ["03:04:05 INFO  a\\u000ab\\u001b[31mc"]);
});

Deno.test("createLog() hides secrets in whatever is written", () => {
  for (const format of ["text", "json"] as const) {
    const { log, lines } = logged({ format, hide: (line) => line.replaceAll("hunter2", "***") });
    log("error", "refused hunter2", { reason: "hunter2 is wrong" });
    assertEquals(lines.join().includes("hunter2"), false);
  }
});

Deno.test("createLog() lets no control character of a message or a field reach the terminal", () => {
  const { log, lines } = logged({});
  for (const code of ["\x1b[31m", "\x9b31m", "\x7f", "\r", "\n", "\0"]) {
    log("info", `a${code}b`, { name: `c${code}d` });
  }
  assertEquals(lines.length, 6);
  for (const line of lines) assertEquals(/^\P{Cc}*$/u.test(line), true, JSON.stringify(line));
});

Deno.test("createLog() lets no text command a terminal in JSON either, and means the same", () => {
  const { log, lines } = logged({ format: "json" });
  const text = "a\x9b31m\x7f\u202eb\u2028";
  log("info", text, { text });
  const [line = ""] = lines;
  assertEquals(/[\p{Cc}\u2028\u202e]/u.test(line), false, line);
  assertEquals([JSON.parse(line).message, JSON.parse(line).text], [text, text]);
});
