import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import { formEncoded, publicUrl, redactor } from "../../src/text/redact.ts";
import { createRandom } from "../../src/simulator/random.ts";

const form = (text: string) => new URLSearchParams({ a: text }).toString().slice(2);
const base64 = (text: string) => Buffer.from(text).toString("base64");
const escapedAscii = (text: string) =>
  JSON.stringify(text).slice(1, -1).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Every form in which a secret is sent, or comes back from a server that repeats it. */
const ENCODINGS: Readonly<Record<string, (secret: string, user: string) => string>> = {
  "as it is": (secret) => secret,
  JSON: (secret) => JSON.stringify(secret).slice(1, -1),
  "JSON with slashes escaped": (secret) => JSON.stringify(secret).slice(1, -1).replaceAll("/", "\\/"),
  "JSON in ASCII": escapedAscii,
  "a form": form,
  "a URL": encodeURIComponent,
  "a URL in small letters": (secret) => encodeURIComponent(secret).replace(/%../g, (each) => each.toLowerCase()),
  "base 64": base64,
  "base 64 of URLs": (secret) => Buffer.from(secret).toString("base64url"),
  "Basic": (secret, user) => base64(`${user}:${secret}`),
  "Basic of a client": (secret, user) => base64(`${form(user)}:${form(secret)}`),
  "Basic within a form": (secret, user) => form(base64(`${user}:${secret}`)),
  "Basic within JSON": (secret, user) => base64(`${form(user)}:${form(secret)}`).replaceAll("/", "\\/"),
  "SASL PLAIN": (secret, user) => base64(`\0${user}\0${secret}`),
  "SASL OAUTHBEARER": (secret, user) => base64(`n,a=${user},\x01auth=Bearer ${secret}\x01\x01`),
};

Deno.test("redactor() blots out a secret in every form in which it is sent, whatever stands around it", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = createRandom(seed);
  const characters = [..."abcXYZ019 +/=_-.~!@#$%^&*(){}[]|\\:;\"'<>,?\n\t\x01éß€漢😀"];
  const text = (least: number, most: number) =>
    Array.from(
      { length: least + random.below(most - least + 1) },
      () => characters[random.below(characters.length)],
    ).join("");
  for (let i = 0; i < 60; i++) {
    const [secret, user] = [text(4, 40), text(0, 9)];
    const redact = redactor([secret]);
    for (const [name, encode] of Object.entries(ENCODINGS)) {
      const encoded = encode(secret, user);
      const said = `"before, ${encoded}, after"`;
      const shown = redact(said);
      const where = `seed ${seed}, secret ${JSON.stringify(secret)}, user ${JSON.stringify(user)}, ${name}: ${shown}`;
      assert(shown.includes("***") && !shown.includes(encoded), where);
      assert(shown.startsWith('"before, ') && shown.endsWith(', after"'), where);
      for (const run of shown.match(/[A-Za-z0-9+/_-]{4,}/g) ?? []) {
        assert(!Buffer.from(run, "base64").toString().includes(secret), where);
      }
    }
  }
});

Deno.test("redactor() leaves what holds no secret", () => {
  const redact = redactor(["hunter22", "käse/brot"]);
  for (const text of ["", "hunter2", "aHVudGVy", base64("user:hunter33 and more"), "k%C3%A4se"]) {
    assertEquals(redact(text), text);
  }
  assertEquals(redactor([])("a"), "a");
  assertEquals(redactor([""])("a"), "a");
});

Deno.test("redactor() takes the longest of its secrets first, and each place where they stand", () => {
  assertEquals(redactor(["hunter", "hunter22"])("a hunter22 and hunter, hunter22"), "a *** and ***, ***");
  const basic = base64("user:hunter22");
  assertEquals(redactor(["hunter22"])(`Basic ${basic}, Basic ${basic}.`), "Basic ***, Basic ***.");
});

Deno.test("redactor() takes a token of many kilobytes", () => {
  const random = createRandom(1);
  const part = () => Buffer.from(random.bytes(8000)).toString("base64url");
  const token = `${part()}.${part()}.${part()}`;
  const redact = redactor([token]);
  const sent = base64(`n,,\x01auth=Bearer ${token}\x01\x01`);
  assertEquals(redact(`no ${token}, ${sent}, ${form(token)}`), "no ***, ***, ***");
});

Deno.test("redactor() is linear in what a server sent", () => {
  const redact = redactor(["hunter22hunter22", "other secret"]);
  const long = "aHVudGVyMjJo".repeat(100_000);
  assertEquals(redact(long), long);
  assertEquals(redact(base64("hunter22hunter22").repeat(100_000)), "***");
});

Deno.test("formEncoded() is what a form makes of a text", () => {
  assertEquals(formEncoded("a b+c/ä"), "a+b%2Bc%2F%C3%A4");
});

Deno.test("publicUrl() drops user information, query and fragment", () => {
  assertEquals(publicUrl("wss://user:canary@relay.example:8443/path?token=canary#x"), "wss://relay.example:8443/path");
});
