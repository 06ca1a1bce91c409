import { assertEquals, assertRejects } from "@std/assert";
import { askUntilAnswered } from "../../src/app/ask.ts";
import { KafkaRefusedError } from "../../src/kafka/client/errors.ts";

const NEVER = new AbortController().signal;

Deno.test("askUntilAnswered() asks again through trouble, says what it waits for, and ends with a refusal or the signal", async () => {
  const seen: string[] = [];
  const observer = {
    waiting: ({ reason }: { reason: string }) => void seen.push(reason),
    answered: () => void seen.push("answered"),
  };
  const ask = askUntilAnswered(observer, NEVER);
  let asked = 0;
  const flaky = () => ++asked < 3 ? Promise.reject(new Error("connection lost")) : Promise.resolve("answer");
  assertEquals(await ask("the offset", flaky), "answer");
  const waited = "cannot read the offset: connection lost";
  assertEquals(seen, [waited, waited, "answered"]);
  await assertRejects(() => ask("x", () => Promise.reject(new KafkaRefusedError("no"))), KafkaRefusedError, "no");
  const stop = new AbortController();
  const waiting = askUntilAnswered({ ...observer, waiting: () => stop.abort() }, stop.signal);
  await assertRejects(() => waiting("x", () => Promise.reject(new Error("away"))), DOMException);
});
