import { assertEquals } from "@std/assert";
import { recordTimeMs } from "../../src/events/record_layout.ts";

Deno.test("recordTimeMs() is the event's time, but neither after now nor before 1970", () => {
  assertEquals([5, 0, 10, 11, -1, NaN].map((ms) => recordTimeMs(ms, 10)), [5, 0, 10, 10, 10, 10]);
});
