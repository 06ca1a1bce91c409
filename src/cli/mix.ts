/**
 * `--mix`: what the network of `simulate` does, in which shares.
 *
 * @module
 */
import { nearest } from "../config/nearest.ts";
import type { OptionSpec } from "../config/option.ts";
import { type Read, value, wrong } from "../config/readers.ts";
import { type Mix, MIX_WORDS, mixOf, type MixWord, NETWORK_MIX } from "../simulator/mix.ts";
import { listItems } from "../text/list.ts";

/** The whole of {@linkcode NETWORK_MIX}. */
const NETWORK = "network";
const MAX_SHARE = 1e6;
const EXPECTED = `NAME or NAME=SHARE of ${[NETWORK, ...MIX_WORDS].join(", ")}`;

/** What happens, as `simulate` takes it. */
export const MIX_OPTION = {
  group: "Firehose",
  flag: "mix",
  env: [],
  placeholder: "MIX[=SHARE],...",
  read: readMix,
  default: null,
  defaultText: "record operations only",
  doc: 'Message types and their shares: ${NETWORK} (all as on the live network), ${MIX_WORDS.join(", ")}. The ' +
    "default share is that of ${NETWORK}, else 1",
} as const satisfies OptionSpec;

/** Reads `network,delete=20`: the shares that are named, the others of the live network if it is named, else 0. */
export function readMix(text: string): Read<Mix> {
  const parts = listItems(text);
  if (parts.length === 0) return wrong("it names nothing", EXPECTED);
  const shares = new Map<MixWord, number>();
  let isNetwork = false;
  for (const part of parts) {
    if (part.toLowerCase() === NETWORK) {
      isNetwork = true;
      continue;
    }
    const [name = "", share] = part.split(/\s*=\s*(.*)/s);
    const word = MIX_WORDS.find((known) => known === name.toLowerCase());
    if (word === undefined) return unknownWord(name);
    if (shares.has(word)) return wrong(`"${word}" is given twice`, "each word once");
    const read = share === undefined ? value(NETWORK_MIX[word] || 1) : readShareOf(word, share);
    if (read.kind === "wrong") return read;
    shares.set(word, read.value);
  }
  const mix = mixOf({ ...(isNetwork ? NETWORK_MIX : {}), ...Object.fromEntries(shares) });
  return MIX_WORDS.every((word) => mix[word] === 0) ? wrong("all its shares are 0", "one share above 0") : value(mix);
}

function unknownWord(name: string): Read<never> {
  if (name.toLowerCase() === NETWORK) return wrong(`"${NETWORK}" has no share of its own`, NETWORK);
  const near = nearest(name, [NETWORK, ...MIX_WORDS]);
  return wrong(`${JSON.stringify(name)} in it is unknown`, near ?? EXPECTED);
}

function readShareOf(word: MixWord, text: string): Read<number> {
  const expected = `a number from 0 to ${MAX_SHARE}`;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
    return wrong(`the share of "${word}" in it is no number`, expected);
  }
  const share = Number(text);
  if (share < 0) return wrong(`the share of "${word}" in it is below 0`, expected);
  return share > MAX_SHARE
    ? wrong(`the share of "${word}" in it is above ${MAX_SHARE}`, expected)
    : value(Math.abs(share));
}
