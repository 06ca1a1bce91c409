import { assertEquals } from "@std/assert";
import { decodeFrame } from "../../src/atproto/frame.ts";
import { EachByItself } from "../../src/atproto/frame_decoder.ts";
import { recorded } from "../support/messages.ts";

Deno.test("EachByItself decodes the message at any place, and one that is not there as one of nothing", async () => {
  const messages = (await recorded("hydrant.bin")).slice(0, 5);
  const decoder = new EachByItself();
  decoder.begin(messages);
  for (const place of [4, 0, 3]) assertEquals(decoder.frame(place), decodeFrame(messages[place] ?? new Uint8Array()));
  assertEquals(decoder.frame(5), decodeFrame(new Uint8Array()));
});
