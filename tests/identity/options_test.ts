import { assertEquals } from "@std/assert";
import { readHttpUrl, readNameServer } from "../../src/identity/options.ts";

Deno.test("readHttpUrl() takes a URL of http or https without user, query and fragment", () => {
  assertEquals(readHttpUrl("https://plc.directory"), { kind: "value", value: "https://plc.directory/" });
  for (
    const text of ["", "plc.directory", "ws://a.test", "https://a.test/?x", "https://a.test/#x", "https://u:p@a.test"]
  ) {
    assertEquals(readHttpUrl(text).kind, "wrong", text);
  }
});

Deno.test("readNameServer() takes addresses with a port or without", () => {
  const server = (ipAddr: string, port: number) => ({ kind: "value", value: { ipAddr, port } }) as const;
  assertEquals(readNameServer("127.0.0.1"), server("127.0.0.1", 53));
  assertEquals(readNameServer("10.0.0.1:5353"), server("10.0.0.1", 5353));
  assertEquals(readNameServer("[::1]"), server("::1", 53));
  assertEquals(readNameServer("[2001:db8::1]:54"), server("2001:db8::1", 54));
  for (
    const text of [
      "",
      "dns.test",
      "1.2.3",
      "1.2.3.4.5",
      "::1",
      "[::1",
      "1.2.3.4:99999",
      "256.1.1.1",
      "[1.2.3.4]",
      "1.1.1.1:",
    ]
  ) {
    assertEquals(readNameServer(text).kind, "wrong", text);
  }
});
