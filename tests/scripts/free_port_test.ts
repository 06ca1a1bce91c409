import { assert, assertEquals } from "@std/assert";
import { freePort } from "../../scripts/free_port.ts";

Deno.test("freePort() gives no port twice, none that is taken, and none of those for outgoing connections", () => {
  const ports = Array.from({ length: 50 }, freePort);
  assertEquals(new Set(ports).size, 50);
  for (const port of ports) {
    assert(port >= 20_000 && port < 30_000, `${port}`);
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  }
});
