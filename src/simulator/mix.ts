/**
 * What a made-up network does, and in which shares.
 *
 * @module
 */
import { pickWeighted, type Random } from "./random.ts";

/** What a commit can do, and what it is. */
export const OPERATIONS = {
  "like": "creates a like",
  "post": "creates a post",
  "repost": "creates a repost",
  "follow": "creates a follow",
  "block": "creates a block",
  "profile": "creates a profile, or updates the one there is",
  "foreign": "creates a record of another lexicon, with odd values",
  "update": "updates a record of any type",
  "delete": "deletes a record of any type, also one from before the stream",
} as const satisfies Record<string, string>;

/** What else can happen, and what it is. */
export const MESSAGES = {
  "identity": "#identity: a change of handle, or a hint without one",
  "key-rotation": "#identity after another key signs the account's commits; only with identities",
  "account": "#account: an account is deactivated, suspended, taken down, deleted, active again, ...",
  "sync": "#sync: a repository's state with a new rev, its records as they were",
  "unknown": "a message of a type that consumers do not know, or no longer",
  "reset": "#sync after which records are gone that no commit deleted",
  "broken-chain": "a commit that does not follow the one before: one was lost",
  "repeated-commit": "a commit once more, with the same rev",
} as const satisfies Record<string, string>;

/** One of {@linkcode OPERATIONS}. */
export type Operation = keyof typeof OPERATIONS;
/** Anything that can happen. */
export type MixWord = Operation | keyof typeof MESSAGES;
/** The share of everything that can happen; they need not add up to anything. */
export type Mix = Readonly<Record<MixWord, number>>;

const OPERATION_WORDS = Object.keys(OPERATIONS) as readonly Operation[];
/** Every word of a mix. */
export const MIX_WORDS = Object.keys({ ...OPERATIONS, ...MESSAGES }) as readonly MixWord[];

/** The shares of the live network, where nothing is lost. */
export const NETWORK_MIX: Mix = {
  "like": 70,
  "post": 11,
  "repost": 10,
  "follow": 4,
  "block": 0.7,
  "profile": 0.4,
  "foreign": 2,
  "update": 1.3,
  "delete": 2.7,
  "identity": 0.5,
  "key-rotation": 0,
  "account": 0.3,
  "sync": 0.2,
  "unknown": 0.1,
  "reset": 0,
  "broken-chain": 0,
  "repeated-commit": 0,
};

/** The mix of these shares, and nothing else. */
export function mixOf(shares: Partial<Mix>): Mix {
  return Object.fromEntries(MIX_WORDS.map((word) => [word, shares[word] ?? 0])) as Record<MixWord, number>;
}

/** Draws one of what a mix has. */
export function drawWord(mix: Mix, random: Random): MixWord {
  return pickWeighted(random, MIX_WORDS, (word) => mix[word]) ?? "like";
}

/** Draws one of what a commit can do; a mix that has none of that gives likes. */
export function drawOperation(mix: Mix, random: Random): Operation {
  return pickWeighted(random, OPERATION_WORDS, (word) => mix[word]) ?? "like";
}
