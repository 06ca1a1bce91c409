/**
 * The accounts that a configuration wants. Lists in files are read again when the files change, and on SIGHUP.
 *
 * @module
 */
import { quote } from "../config/secrets.ts";
import { type AccountFilter, accountFilter } from "../filter/accounts.ts";
import { type DidListError, DidSet, parseDidList } from "../filter/dids.ts";
import type { DidSource } from "../filter/options.ts";
import type { Log } from "../telemetry/log.ts";
import { printable } from "../text/printable.ts";
import type { Settings } from "./settings.ts";
import { readNamed } from "./text_file.ts";

/** The options that are lists of accounts. */
const LISTS = ["dids", "excludeDids"] as const;
type List = typeof LISTS[number];

/** A file is loaded when it looked the same twice, so that one that is being written is not taken for the whole. */
const LOOK_EVERY_MS = 1000;

/** The wanted accounts; null: all. Disposed of, files are watched no longer. */
export interface OpenedAccounts extends Disposable {
  readonly filter: AccountFilter | null;
}

/**
 * Reads the lists once.
 *
 * @throws {Error} that names the file that cannot be used, and the line
 */
export async function readAccounts(settings: Settings): Promise<AccountFilter | null> {
  const [dids, excludeDids] = await Promise.all(LISTS.map((name) => readList(settings, name)));
  return accountFilter({ shard: settings.config.shard, dids: dids ?? null, excludeDids: excludeDids ?? null });
}

/**
 * Reads the lists, and watches their files. A file that cannot be used later is a warning, and the list before stays.
 *
 * @param takesHangUp Whether SIGHUP reads the files again; a terminal that is closed sends it too, to end the program.
 * @throws {Error} as {@linkcode readAccounts} does
 */
export async function openAccounts(settings: Settings, log: Log, takesHangUp: boolean): Promise<OpenedAccounts> {
  const paths = LISTS.flatMap((name) => {
    const source = settings.config[name];
    return source?.kind === "file" ? [{ name, path: source.path }] : [];
  });
  const watched = await Promise.all(paths.map(async (each) => ({ ...each, stamp: await stampOf(each.path) })));
  const filter = await readAccounts(settings);
  if (filter === null || watched.length === 0) return { filter, [Symbol.dispose]: () => {} };
  const files = watched.map(({ name, path, stamp }) =>
    new WatchedFile(path, stamp, () => loadAgain(settings, name, path, filter, log))
  );
  const timer = setInterval(() => files.forEach((file) => void file.look()), LOOK_EVERY_MS);
  const onHangUp = () => files.forEach((file) => void file.load());
  const listens = takesHangUp && Deno.build.os !== "windows";
  if (listens) Deno.addSignalListener("SIGHUP", onHangUp);
  return {
    filter,
    [Symbol.dispose]: () => {
      clearInterval(timer);
      if (listens) Deno.removeSignalListener("SIGHUP", onHangUp);
    },
  };
}

async function loadAgain(settings: Settings, name: List, path: string, filter: AccountFilter, log: Log): Promise<void> {
  try {
    const list = await readList(settings, name);
    filter[name] = list;
    log("info", "An account list was reloaded", { file: path, accounts: list?.size ?? 0 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log("warn", "An account list cannot be reloaded; the previous one stays in use", { reason });
  }
}

async function readList({ config, origins }: Settings, name: List): Promise<DidSet | null> {
  const source: DidSource | null = config[name];
  if (source === null) return null;
  if (source.kind === "list") return new DidSet(source.dids);
  const option = origins[name]?.name ?? name;
  const { dids, errors } = parseDidList(await readNamed(source.path, option));
  const shown = `the file of ${option} ${quote(source.path)}`;
  const [first, ...more] = errors;
  if (first !== undefined) throw new Error(`Cannot use ${shown}: ${problemText(first, more.length)}`);
  if (dids.length === 0 && name === "dids") {
    throw new Error(`Cannot use ${shown}: it names no DID; expected one a line`);
  }
  return new DidSet(dids);
}

function problemText({ line, text, is, expected }: DidListError, more: number): string {
  const others = more === 0 ? "" : `; ${more} more such line${more === 1 ? "" : "s"}`;
  return `line ${line}, ${quote(printable(text))}: ${is}; expected ${expected}${others}`;
}

/** A file that is loaded when it is another one than before. */
class WatchedFile {
  readonly #path: string;
  readonly #load: () => Promise<void>;
  #loaded: string;
  #seen: string;
  #isBusy = false;

  /** `stamp` is what {@linkcode stampOf} gave before the file was read. */
  constructor(path: string, stamp: string, load: () => Promise<void>) {
    this.#path = path;
    this.#loaded = this.#seen = stamp;
    this.#load = load;
  }

  /** Loads the file if it changed, and is complete as far as one can see. */
  async look(): Promise<void> {
    const before = this.#seen;
    this.#seen = await stampOf(this.#path);
    if (this.#seen === before && this.#seen !== this.#loaded) await this.load();
  }

  async load(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#loaded = await stampOf(this.#path);
    await this.#load();
    this.#isBusy = false;
  }
}

/** What changes when a file is written or replaced, a link to another file among it. */
async function stampOf(path: string): Promise<string> {
  try {
    const { mtime, size, ino } = await Deno.stat(path);
    return `${mtime?.getTime()} ${size} ${ino}`;
  } catch {
    return "none";
  }
}
