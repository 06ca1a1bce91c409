import { assertEquals } from "@std/assert";
import { isRevealing, quote, secretsIn, userInfo } from "../../src/config/secrets.ts";

Deno.test("isRevealing() finds a secret that is set, whole or in part", () => {
  assertEquals(isRevealing("topic-hunter22", ["hunter22"]), true);
  assertEquals(isRevealing("hunter", ["hunter22"]), true);
  assertEquals(isRevealing("topic", ["hunter22"]), false);
  assertEquals(isRevealing("", ["hunter22"]), false);
});

Deno.test("isRevealing() finds what looks like a secret when none is set", () => {
  for (
    const text of [
      "Endpoint=sb://ns.servicebus.windows.net/",
      "SharedAccessKey=x",
      "sharedacesskey:x",
      "wss://user:pass@host/",
      "wss//user:pass@host",
      "?token=x",
      "PASSWORD=x",
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ=",
    ]
  ) {
    assertEquals(isRevealing(text, []), true, text);
  }
  for (const text of ["app.bsky.feed.pots", "1.5", "localhost:9092", "https://bsky.network/x", "/tmp/x", "-5"]) {
    assertEquals(isRevealing(text, []), false, text);
  }
});

Deno.test("quote() escapes control characters and cuts long texts", () => {
  assertEquals(quote('a"\n\u001b'), '"a\\"\\n\\u001b"');
  assertEquals(quote("x".repeat(1000)).length, 85);
});

Deno.test("secretsIn() lists the text and its key, but nothing too short to be told from a word", () => {
  assertEquals(secretsIn("SharedAccessKeyName=send;SharedAccessKey=abcd="), [
    "SharedAccessKeyName=send;SharedAccessKey=abcd=",
    "abcd=",
  ]);
  assertEquals(secretsIn(" hunter22\n"), ["hunter22"]);
  assertEquals(secretsIn("abc"), []);
});

Deno.test("userInfo() lists user information as written and as decoded", () => {
  assertEquals(userInfo("wss://me:a%20b%2Bc@host/path"), ["me:a%20b%2Bc", "a%20b%2Bc", "me:a b+c", "a b+c"]);
  assertEquals(userInfo("wss://host/a@b"), []);
  assertEquals(userInfo("wss://host/, ws://me:hunter22@other/,wss://you:hunter33@third/"), [
    ...["me:hunter22", "hunter22", "you:hunter33", "hunter33"],
  ]);
  assertEquals(userInfo("me@example.org"), []);
  assertEquals(userInfo("wss://me:10%zz@host/"), ["me:10%zz", "10%zz"]);
});
