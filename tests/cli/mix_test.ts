import { assert, assertEquals } from "@std/assert";
import { readMix } from "../../src/cli/mix.ts";
import { MIX_WORDS, mixOf, NETWORK_MIX } from "../../src/simulator/mix.ts";

Deno.test("readMix() takes words with and without shares; others have none, or those of the live network", () => {
  const cases = [
    ["network", NETWORK_MIX],
    ["like=70,post=11.5", mixOf({ like: 70, post: 11.5 })],
    [" Like = 1 ,, delete=.5 , sync=1e1", mixOf({ like: 1, delete: 0.5, sync: 10 })],
    ["delete,broken-chain", mixOf({ delete: NETWORK_MIX.delete, "broken-chain": 1 })],
    ["network,delete=20,account=0", { ...NETWORK_MIX, delete: 20, account: 0 }],
    ["delete=20,network", { ...NETWORK_MIX, delete: 20 }],
    ["like=-0,post=1", mixOf({ post: 1 })],
  ] as const;
  for (const [text, mix] of cases) assertEquals<unknown>(readMix(text), { kind: "value", value: mix }, text);
});

Deno.test("readMix() names what is wrong, and the nearest word", () => {
  const cases = [
    ["lik=1", '"lik" in it is unknown', "like"],
    ["like=1,deletes=2", '"deletes" in it is unknown', "delete"],
    ["broken", '"broken" in it is unknown', "broken-chain"],
    ["netwrok", '"netwrok" in it is unknown', "network"],
    ["like=-1", 'the share of "like" in it is below 0', "a number from 0 to 1000000"],
    ["like=1e9", 'the share of "like" in it is above 1000000', "a number from 0 to 1000000"],
    ["like=", 'the share of "like" in it is no number', "a number from 0 to 1000000"],
    ["like=NaN", 'the share of "like" in it is no number', "a number from 0 to 1000000"],
    ["like=1=2", 'the share of "like" in it is no number', "a number from 0 to 1000000"],
    ["like,like=2", '"like" is given twice', "each word once"],
    ["network=2", '"network" has no share of its own', "network"],
    ["like=0,post=0", "all its shares are 0", "one share above 0"],
  ] as const;
  for (const [text, is, expected] of cases) assertEquals<unknown>(readMix(text), { kind: "wrong", is, expected }, text);
  for (const text of ["zzz=1", "=1", ","]) {
    const read = readMix(text);
    assert(read.kind === "wrong" && MIX_WORDS.every((word) => read.expected.includes(word)), text);
  }
});
