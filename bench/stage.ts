/**
 * One stage of the bench in a process of its own, so that no stage warms or fills another's memory:
 * `stage.ts NAME JSON`. Prints its figures as JSON.
 *
 * @module
 */
import type { Figures } from "./measure.ts";
import type { StageInput } from "./stage_input.ts";

type Stage = (input: StageInput) => Promise<Figures>;

/** The stages by name, each loaded when it is run. */
const STAGES: Readonly<Record<string, () => Promise<Stage>>> = {
  "socket": async () => (await import("./stages_socket.ts")).socket,
  "receive": async () => (await import("./stages_socket.ts")).receive,
  "decode": async () => (await import("./stages_memory.ts")).decode,
  "map": async () => (await import("./stages_memory.ts")).map,
  "map-unusual": async () => (await import("./stages_memory.ts")).mapUnusual,
  "map-handles": async () => (await import("./stages_identity.ts")).mapHandles,
  "unwanted": async () => (await import("./stages_memory.ts")).unwanted,
  "typed": async () => (await import("./stages_memory.ts")).typed,
  "whole-records": async () => (await import("./stages_memory.ts")).wholeRecords,
  "atproto-sync": async () => (await import("./stages_memory.ts")).atprotoSync,
  "verify-signatures": async () => (await import("./stages_verify.ts")).verifySignatures,
  "verify-proofs": async () => (await import("./stages_verify.ts")).verifyProofs,
  "atproto-authenticated": async () => (await import("./stages_verify.ts")).atprotoAuthenticated,
  "produce": async () => (await import("./stages_kafka.ts")).produce,
  "kafkajs-plain": async () => (await import("./stages_kafka.ts")).kafkajsPlain,
  "whole": async () => (await import("./stages_kafka.ts")).whole,
  "profile": async () => (await import("./stages_kafka.ts")).profile,
  "live": async () => (await import("./stages_kafka.ts")).live,
  "javascript-peer": async () => (await import("./stages_peers.ts")).javascriptPeer,
  "rust-peer": async () => (await import("./peers/native.ts")).rustPeer,
  "go-peer": async () => (await import("./peers/native.ts")).goPeer,
};

const [name = "", input = "{}"] = Deno.args;
const stage = await STAGES[name]?.();
if (stage === undefined) throw new TypeError(`Cannot run "${name}": a stage is wanted`);
const figures = await stage(JSON.parse(input) as StageInput);
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(figures)));
// Sockets that linger would only keep the next stage waiting.
Deno.exit(0);
