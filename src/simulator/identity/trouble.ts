/**
 * What a directory or a host may do instead of its answer, and in which share of the requests. Light, as the help of
 * `simulate` names it all.
 *
 * @module
 */

/** Every trouble, and what it is. */
export const TROUBLES = {
  "busy": "answers 429, with Retry-After: 1",
  "refuse": "answers 403",
  "error": "answers 503",
  "slow": "answers after two seconds",
  "hang": "answers after a minute",
  "garbage": "answers 200 with what is no document",
  "huge": "answers 200 with 64 MB",
} as const satisfies Record<string, string>;

/** One of {@linkcode TROUBLES}. */
export type TroubleName = keyof typeof TROUBLES;

/** The share of the requests that each trouble strikes, 0 to 1; together 1 at most. */
export type Troubles = Readonly<Partial<Record<TroubleName, number>>>;

const NAMES = Object.keys(TROUBLES) as readonly TroubleName[];

/** Reads `NAME=SHARE,...`; null if it is none, or the shares are more than 1 together. */
export function parseTroubles(text: string): Troubles | null {
  const shares = new Map<TroubleName, number>();
  for (const part of text.split(",")) {
    const [, word, share = ""] = /^\s*([a-z]+)=(0|1|0?\.\d{1,9})\s*$/.exec(part) ?? [];
    const name = NAMES.find((known) => known === word);
    if (name === undefined || shares.has(name)) return null;
    shares.set(name, Number(share));
  }
  const sum = [...shares.values()].reduce((total, share) => total + share, 0);
  return sum > 1 ? null : Object.fromEntries(shares);
}

/** Which trouble strikes, by a draw from [0, 1); null for none. */
export function troubleOf(troubles: Troubles, draw: number): TroubleName | null {
  let left = draw;
  return NAMES.find((name) => (left -= troubles[name] ?? 0) < 0) ?? null;
}
