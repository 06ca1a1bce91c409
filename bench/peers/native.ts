/**
 * The peers that are compiled: built once before a run, each a process of its own that prints its figures. One that
 * cannot be built on this machine is left out, with the reason.
 *
 * @module
 */
import { join } from "node:path";
import type { LeftOut } from "../../scripts/performance_report.ts";
import type { Figures } from "../measure.ts";
import { brokerOf, type StageInput } from "../stage_input.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Git ignores it. */
const TARGET = join(ROOT, ".cache/peers");

/** How a peer is built. */
export interface NativePeer {
  /** The stage that runs it. */
  readonly name: string;
  /** The program that builds it. */
  readonly tool: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where its sources are. */
  readonly folder: string;
  readonly binary: string;
}

const RUST: NativePeer = {
  name: "rust-peer",
  tool: "cargo",
  args: ["build", "--release", "--locked"],
  env: { CARGO_TARGET_DIR: join(TARGET, "rust") },
  folder: join(ROOT, "bench/peers/rust"),
  binary: join(TARGET, "rust/release/firehose-peer"),
};

const GO: NativePeer = {
  name: "go-peer",
  tool: "go",
  args: ["build", "-o", join(TARGET, "go/firehose-peer"), "."],
  env: {},
  folder: join(ROOT, "bench/peers/go"),
  binary: join(TARGET, "go/firehose-peer"),
};

/** The peers that are compiled. */
export const NATIVE_PEERS: readonly NativePeer[] = [RUST, GO];

/** In Rust, from the crates' documentation. */
export function rustPeer(input: StageInput): Promise<Figures> {
  return runNative(RUST, input);
}

/** In Go, with the network's official SDK. */
export function goPeer(input: StageInput): Promise<Figures> {
  return runNative(GO, input);
}

/** Builds peers one after another. Returns those that cannot be run here. */
export async function buildPeers(peers: readonly NativePeer[], say: (text: string) => void): Promise<LeftOut[]> {
  const leftOut: LeftOut[] = [];
  for (const peer of peers) {
    say(`Building ${peer.name}`);
    const why = await build(peer);
    if (why === null) continue;
    leftOut.push({ name: peer.name, why });
    say(`${peer.name} is left out: ${why}`);
  }
  return leftOut;
}

/** Builds a peer; why that is impossible, or null. */
async function build({ tool, args, env, folder }: NativePeer): Promise<string | null> {
  try {
    const { success, stderr } = await new Deno.Command(tool, {
      args: [...args],
      cwd: folder,
      env,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    return success ? null : `${tool} cannot build it: ${reasonIn(new TextDecoder().decode(stderr))}`;
  } catch (error) {
    // Without the right to run every program a missing one is refused.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) {
      return `${tool} is not on the PATH`;
    }
    throw error;
  }
}

/** The first line that names an error, else the last one. */
function reasonIn(output: string): string {
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.find((line) => /error|cannot/i.test(line)) ?? lines.at(-1) ?? "it says nothing";
}

async function runNative({ name, binary }: NativePeer, input: StageInput): Promise<Figures> {
  const { url, warm, frames } = input;
  const { brokers, topic } = brokerOf(input);
  const args = [url, brokers, topic, String(warm), String(frames)];
  const { success, stdout } = await new Deno.Command(binary, { args, stdin: "null", stderr: "inherit" }).output();
  if (!success) throw new Error(`${name} failed`);
  return JSON.parse(new TextDecoder().decode(stdout)) as Figures;
}
