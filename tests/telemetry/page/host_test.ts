import { assertEquals } from "@std/assert";
import { isPermittedHost } from "../../../src/telemetry/page/host.ts";

Deno.test("isPermittedHost() takes addresses and localhost, whatever the port was opened on", () => {
  for (const configured of ["127.0.0.1", "0.0.0.0", "::", "box.example"]) {
    for (
      const host of [
        "127.0.0.1:9464",
        "127.0.0.1",
        "10.0.0.5:9464",
        "[::1]:9464",
        "[fd00::5]",
        "localhost:9464",
        "LOCALHOST",
        "localhost.:80",
        "page.localhost:9464",
      ]
    ) {
      assertEquals(isPermittedHost(host, configured), true, host);
    }
  }
});

Deno.test("isPermittedHost() takes no name that a resolver may rebind", () => {
  for (
    const host of [
      "",
      "evil.example",
      "evil.example:9464",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "notlocalhost",
      "producer:9464",
      "evil.example@127.0.0.1",
      "[",
    ]
  ) {
    assertEquals(isPermittedHost(host, "0.0.0.0"), false, host);
  }
});

Deno.test("isPermittedHost() takes the name that the port was opened on, in any case, and no other", () => {
  assertEquals(isPermittedHost("Box.Example:9464", "box.example"), true);
  assertEquals(isPermittedHost("box.example.", "BOX.example"), true);
  assertEquals(isPermittedHost("other.example", "box.example"), false);
});
