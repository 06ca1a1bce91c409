/**
 * Where the time of a stage goes: a CPU profile, its samples added up by area.
 *
 * @module
 */
import { Session } from "node:inspector/promises";

/** The areas, and the ends of the modules' addresses that belong to each; the first that fits counts. */
const AREAS: readonly (readonly [area: string, modules: RegExp])[] = [
  ["receive", /00_infra\.js|01_websocket\.js|02_event\.js|firehose\/(?:socket|subscribe|sequence)\.ts/],
  ["check hashes", /crypto\/hash\.ts|codec\/cid\.ts/],
  ["decode", /src\/(?:codec|firehose|repo)\//],
  ["map and write events", /src\/events\//],
  ["produce", /src\/kafka\/|kafkajs|stream_base_commons|node:net|internal\/(?:streams|buffer)|ext:deno_node\/net/],
  ["settle, count, save", /src\/(?:pipeline|ops|cursor)\//],
];

/** A share of the time that was not idle. */
export interface Share {
  readonly area: string;
  /** 0 to 1. */
  readonly share: number;
}

interface Node {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly Node[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Runs `work` under the profiler. */
export async function profiled<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly shares: Share[] }> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 500 });
  await session.post("Profiler.start");
  const result = await work();
  const { profile } = await session.post("Profiler.stop") as unknown as { readonly profile: Profile };
  session.disconnect();
  return { result, shares: sharesOf(profile) };
}

function sharesOf({ nodes, samples, timeDeltas }: Profile): Share[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const times = new Map<string, number>();
  let total = 0;
  samples.forEach((id, i) => {
    const area = areaOf(id, byId, parents);
    const time = timeDeltas[i] ?? 0;
    if (area === null) return;
    times.set(area, (times.get(area) ?? 0) + time);
    total += time;
  });
  return [...times].map(([area, time]) => ({ area, share: time / total })).sort((a, b) => b.share - a.share);
}

/** The area of a sample; null when the program was idle. What the runtime does itself counts for who called it. */
function areaOf(id: number, byId: ReadonlyMap<number, Node>, parents: ReadonlyMap<number, number>): string | null {
  const name = byId.get(id)?.callFrame.functionName;
  if (name === "(idle)") return null;
  if (name === "(garbage collector)") return "collect garbage";
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const url = byId.get(at)?.callFrame.url ?? "";
    const found = url === "" ? undefined : AREAS.find(([, modules]) => modules.test(url));
    if (found !== undefined) return found[0];
  }
  return "the rest";
}
