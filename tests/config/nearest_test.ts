import { assertEquals } from "@std/assert";
import { distance, meantOr, nearest } from "../../src/config/nearest.ts";
import { OPTIONS } from "../../src/config/config.ts";

Deno.test("distance() counts an insert, a delete, a replacement and a swap as one edit each", () => {
  assertEquals(distance("topic", "topics"), 1);
  assertEquals(distance("topic", "topi"), 1);
  assertEquals(distance("topic", "tobic"), 1);
  assertEquals(distance("topic", "tpoic"), 1);
  assertEquals(distance("", "abc"), 3);
  assertEquals(distance("kitten", "sitting"), 3);
});

Deno.test("distance() finds no difference between cases, hyphens and underscores", () => {
  assertEquals(distance("KAFKA_TOPIC", "kafka-topic"), 0);
});

Deno.test("nearest() answers null when there is no candidate", () => {
  assertEquals(nearest("x", []), null);
});

Deno.test("nearest() takes the first candidate when several are equally near", () => {
  assertEquals(nearest("axc", ["abc", "adc"]), "abc");
});

Deno.test("nearest() finds every flag again when two of its neighbouring letters are swapped", () => {
  const flags = Object.values(OPTIONS).map((spec) => spec.flag);
  for (const flag of flags) assertEquals(nearest(flag[1] + flag.slice(0, 1) + flag.slice(2), flags), flag);
});

Deno.test("nearest() finds a flag again by some of its words", () => {
  const flags = Object.values(OPTIONS).map((spec) => spec.flag);
  assertEquals(nearest("bootstrap-servers", flags), "kafka-bootstrap-servers");
  assertEquals(nearest("topic", flags), "kafka-topic");
  assertEquals(nearest("password", flags), "sasl-password");
  assertEquals(nearest("post", ["app.bsky.feed.like", "app.bsky.feed.post"]), "app.bsky.feed.post");
});

Deno.test("nearest() names nothing rather than what has little in common", () => {
  const flags = Object.values(OPTIONS).map((spec) => spec.flag);
  for (const text of ["verbose", "count", "partitions-per-broker", "x", "", "-", "brokers-of-mine"]) {
    assertEquals(nearest(text, flags), null, text);
  }
  assertEquals(nearest("max-events", ["tls-cert", "from", "type"]), null);
});

Deno.test("meantOr() names the nearest, or all where none is near", () => {
  assertEquals(meantOr("bahs", ["bash", "zsh"]), '"bash" is the nearest known one');
  assertEquals(meantOr("powershell", ["bash", "zsh"]), "expected one of bash, zsh");
});

Deno.test("nearest() ends soon when the text is very long", () => {
  assertEquals(nearest("x".repeat(1_000_000), ["kafka-topic"]), null);
});
