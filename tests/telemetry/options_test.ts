import { assertEquals } from "@std/assert";
import { readHost } from "../../src/telemetry/options.ts";

Deno.test("readHost() takes names and addresses, and nothing with a port or a scheme", () => {
  for (const host of ["127.0.0.1", "0.0.0.0", "::", "::1", "fe80::1", "localhost", "pod-1.svc"]) {
    assertEquals(readHost(host), { kind: "value", value: host });
  }
  for (const host of ["localhost:1", "http://localhost", "[::1]", "::g", "1::2::3", "a b", "-a", "a/b"]) {
    assertEquals(readHost(host).kind, "wrong", host);
  }
});
