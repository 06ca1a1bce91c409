/**
 * A process under a limit of memory, as a container's: a control group of its own.
 *
 * @module
 */
import { join } from "node:path";

const ROOT = "/sys/fs/cgroup";

/** A control group; disposed of, it is gone, which its processes must be before. */
export interface MemoryLimit extends AsyncDisposable {
  /** Puts a process under it. */
  add(pid: number): Promise<void>;
}

/**
 * Makes a control group that ends what takes more than so many bytes, swap included where that is counted.
 *
 * @throws {Error} where this user may not make one
 */
export async function limitMemory(bytes: number): Promise<MemoryLimit> {
  const isOld = await exists(join(ROOT, "memory"));
  const folder = join(ROOT, isOld ? "memory" : "", `bluesky_firehose_bench_${Deno.pid}`);
  try {
    await Deno.mkdir(folder);
    const files = isOld ? ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"] : ["memory.max"];
    for (const file of files) {
      if (await exists(join(folder, file))) await Deno.writeTextFile(join(folder, file), String(bytes));
    }
  } catch (error) {
    throw new Error(`Cannot limit memory: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
  return {
    add: (pid) => Deno.writeTextFile(join(folder, "cgroup.procs"), String(pid)),
    [Symbol.asyncDispose]: () => Deno.remove(folder),
  };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
