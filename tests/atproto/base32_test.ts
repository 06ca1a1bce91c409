import { assertEquals } from "@std/assert";
import { BASE32, BASE32_SORTABLE, digitsOf, NO_DIGIT } from "../../src/atproto/base32.ts";

Deno.test("BASE32_SORTABLE has the letters of BASE32, in the order of their codes", () => {
  assertEquals([...BASE32].toSorted().join(""), BASE32_SORTABLE);
});

Deno.test("digitsOf() has a value for each letter and for no other code", () => {
  const digits = digitsOf(BASE32);
  assertEquals([..."a7A1"].map((letter) => digits[letter.charCodeAt(0)]), [0, 31, NO_DIGIT, NO_DIGIT]);
  assertEquals(digits.filter((value) => value !== NO_DIGIT).length, 32);
});
