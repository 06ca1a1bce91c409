/**
 * Handles of the simulated network in events, while the directory and all hosts refuse half of the requests.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { TestFolder } from "../support/folder.ts";
import { RunningCommand } from "../support/running_command.ts";
import { until, untilAtLeast } from "../support/wait.ts";
import { testNeeding } from "../support/needs.ts";

interface Event {
  readonly type: string;
  readonly time: string;
  readonly data: { readonly did: string; readonly handle: string | null; readonly subject_handle?: string | null };
}

/** What a consumer sees of the handles of accounts, one event after the other. */
class Seen {
  readonly #read: () => string;
  #at = 0;
  /** The handle that the last `#identity` of an account named. */
  readonly #named = new Map<string, string>();
  /** Handles that were named by an `#identity`, and stood in an event of the account after that. */
  readonly renamed = new Set<string>();
  readonly counts = { events: 0, known: 0, invalid: 0, subjects: 0 };

  constructor(read: () => string) {
    this.#read = read;
  }

  update(): void {
    const text = this.#read();
    const end = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(this.#at, end).split("\n")) if (line !== "") this.#take(JSON.parse(line));
    this.#at = end;
  }

  #take({ type, data: { did, handle, subject_handle } }: Event): void {
    this.counts.events++;
    if (typeof subject_handle === "string") this.counts.subjects++;
    if (type === "Atproto.Identity") {
      if (handle?.startsWith("renamed")) this.#named.set(did, handle);
      return;
    }
    if (handle === "handle.invalid") this.counts.invalid++;
    else if (handle !== null) this.counts.known++;
    if (handle !== null && handle === this.#named.get(did)) this.renamed.add(handle);
  }
}

testNeeding(["long"], {
  name: "stream has the handles of renamed accounts while the directory answers 429 to half of the requests",
  fn: async () => {
    await using folder = new TestFolder();
    await using network = new RunningCommand([
      ...["simulate", "--port", "0", "--identity-port", "0", "--identity-trouble", "busy=0.5"],
      ...["--rate", "100", "--accounts", "30", "--mix", "network,identity=5"],
    ]);
    await until("the network", () => network.stdout.includes("dns://"));
    const [firehose = "", directory = "", dns = ""] = network.stdout.trim().split("\n");
    const cache = folder.file("identities");
    const args = [
      ...["stream", "--output", folder.file("events"), "--firehose-url", firehose, "--events", "all"],
      ...["--handles", "verified", "--plc-url", directory, "--plc-rate", "100", "--identity-stand-in", directory],
      ...["--handle-dns", new URL(dns.replace("dns:", "http:")).host, "--identity-cache", cache],
      ...["--cursor-file", folder.file("cursor")],
    ];
    const seen = new Seen(() => Deno.readTextFileSync(folder.file("events")));
    {
      await using _stream = new RunningCommand(args);
      await until("events", () => Deno.stat(folder.file("events")).then(() => true, () => false));
      await untilAtLeast("new handles, and handles of subjects", 5, () => {
        seen.update();
        return Math.min(seen.renamed.size, seen.counts.subjects);
      });
    }
    const { known, invalid } = seen.counts;
    const { statuses, mostAtOnceOfOne } = await (await fetch(`${directory}/_stats`)).json();
    assert(statuses["429"] > 0.25 * statuses["200"], JSON.stringify(statuses));
    assertEquals([mostAtOnceOfOne, invalid < known], [1, true]);
    // A restart knows at once what is known.
    const before = known;
    await using _again = new RunningCommand(args);
    await untilAtLeast("more of them", before + 20, () => {
      seen.update();
      return seen.counts.known;
    });
  },
});
