import { assert, assertEquals } from "@std/assert";
import { parseTroubles, troubleOf, TROUBLES } from "../../../src/simulator/identity/trouble.ts";

Deno.test("parseTroubles() reads shares of every trouble", () => {
  for (const name of Object.keys(TROUBLES)) assertEquals(parseTroubles(`${name}=0.5`), { [name]: 0.5 });
  assertEquals(parseTroubles("busy=.25, slow=0,refuse=0.75"), { busy: 0.25, slow: 0, refuse: 0.75 });
  assertEquals(parseTroubles("busy=1"), { busy: 1 });
});

Deno.test("parseTroubles() refuses what is none, stands twice or is more than all", () => {
  for (
    const text of ["", "busy", "bsy=0.1", "busy=", "busy=2", "busy=-0.1", "busy=0.6,error=0.5", "busy=0.1,busy=0.1"]
  ) {
    assertEquals(parseTroubles(text), null, text);
  }
});

Deno.test("troubleOf() strikes with each in its share, and lets the rest pass", () => {
  const troubles = { busy: 0.5, slow: 0.25 };
  const draws = Array.from({ length: 100 }, (_, i) => troubleOf(troubles, i / 100));
  const count = (name: string | null) => draws.filter((each) => each === name).length;
  assertEquals([count("busy"), count("slow"), count(null)], [50, 25, 25]);
  assert(Array.from({ length: 100 }, (_, i) => troubleOf({}, i / 100)).every((each) => each === null));
});
