/**
 * Operations of did:plc, as a directory's export has them, one a line.
 *
 * @module
 */
import { type DidIdentity, handleOf, hostUrlOf } from "./document.ts";
import type { PublicKey } from "../atproto/signature.ts";
import { readMultikey } from "./multikey.ts";

/** An operation that counts, and what it says. */
export interface ExportedOperation {
  readonly did: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly createdMs: number;
  /** Whether a later one took it back. */
  readonly isNullified: boolean;
  /** What the DID is from then on; null: it is given up. To read it takes a while. */
  identity(): DidIdentity | null;
}

type Fields = Readonly<Record<string, unknown>>;

const DID_KEY = "did:key:";
/** `.` and the like: more is no time of ours. */
const LONGEST_TIME = 40;

/** The operation in a line; null if it is none. */
export function readOperation(line: string): ExportedOperation | null {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isFields(entry) || !isFields(entry["operation"])) return null;
  const { did, createdAt, nullified, operation } = entry;
  if (typeof did !== "string" || typeof createdAt !== "string" || createdAt.length > LONGEST_TIME) return null;
  const createdMs = Date.parse(createdAt);
  if (Number.isNaN(createdMs)) return null;
  const fields: Fields = operation;
  return { did, createdAt, createdMs, isNullified: nullified === true, identity: () => identityOf(fields) };
}

function identityOf(operation: Fields): DidIdentity | null {
  switch (operation["type"]) {
    case "plc_tombstone":
      return null;
    case "create":
      // The first form of all, which many accounts of 2022 and 2023 began with.
      return {
        handle: handleOf([atUri(operation["handle"])]),
        key: keyOf(operation["signingKey"]),
        pds: hostUrlOf(urlOf(operation["service"])),
      };
    default: {
      const [methods, services] = [operation["verificationMethods"], operation["services"]];
      const service = isFields(services) ? services["atproto_pds"] : null;
      const names: unknown = operation["alsoKnownAs"];
      const isPds = isFields(service) && service["type"] === "AtprotoPersonalDataServer";
      return {
        handle: Array.isArray(names) ? handleOf(names) : null,
        key: isFields(methods) ? keyOf(methods["atproto"]) : null,
        pds: isPds ? hostUrlOf(service["endpoint"]) : null,
      };
    }
  }
}

function keyOf(text: unknown): PublicKey | null {
  return typeof text === "string" && text.startsWith(DID_KEY) ? readMultikey(text.slice(DID_KEY.length)) : null;
}

function atUri(handle: unknown): string {
  return typeof handle === "string" ? `at://${handle.replace(/^(?:https?|at):\/\//, "")}` : "";
}

function urlOf(service: unknown): unknown {
  return typeof service === "string" && !/^https?:/.test(service) ? `https://${service}` : service;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
