import { assertEquals } from "@std/assert";
import {
  ACCOUNT_ENVELOPE,
  ENVELOPE,
  envelopeOf,
  requiredAttributes,
  shortName,
  STREAM_ENVELOPE,
} from "../../src/events/definition.ts";
import { ACCOUNT_TYPES } from "../../src/events/registry.ts";
import { GAP } from "../../src/events/types/gap.ts";
import { POST } from "../../src/events/types/post.ts";
import { POST_DELETED } from "../../src/events/types/deleted.ts";

const { verified, verifyreason } = ENVELOPE;
const OF_VERDICT = { verified, verifyreason };

Deno.test("envelopeOf() has attributes about an operation in events of records alone", () => {
  assertEquals([POST, GAP, ...ACCOUNT_TYPES].map(envelopeOf), [
    ENVELOPE,
    STREAM_ENVELOPE,
    ...ACCOUNT_TYPES.map(({ kind }) => kind === "sync" ? { ...ACCOUNT_ENVELOPE, ...OF_VERDICT } : ACCOUNT_ENVELOPE),
  ]);
  assertEquals(Object.keys(envelopeOf(POST_DELETED)), Object.keys(ENVELOPE));
  assertEquals(envelopeOf(POST_DELETED)["action"]?.values, ["delete"]);
  assertEquals(Object.keys(ACCOUNT_ENVELOPE), Object.keys(STREAM_ENVELOPE));
  const optional = ["sampledrate", ...Object.keys(OF_VERDICT)];
  const ofOperations = ["action", "rev", "collection", ...optional];
  assertEquals([...Object.keys(STREAM_ENVELOPE), ...ofOperations], Object.keys(ENVELOPE));
  assertEquals([...requiredAttributes(POST), ...optional], Object.keys(ENVELOPE));
});

Deno.test("shortName() is the last part of a type's name, and of deletes says of what", () => {
  assertEquals([POST, POST_DELETED, GAP].map(shortName), ["Post", "PostDeleted", "Gap"]);
});
