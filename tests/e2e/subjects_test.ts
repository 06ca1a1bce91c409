import { BASE32_SORTABLE } from "../../src/atproto/base32.ts";
import { assert, assertEquals } from "@std/assert";
import { tidOf } from "../../src/simulator/tid.ts";
import { commitMessage } from "../support/messages.ts";
import { firehoseOf } from "../support/pipeline.ts";
import { RunningCommand } from "../support/running_command.ts";
import { flags } from "../support/stream_files.ts";
import { until } from "../support/wait.ts";

const DID = "did:plc:z72i7hdynmk6r22z27h6tvur";
const FOLLOWS = 30;

/** Follows, and then their deletes. */
function messages() {
  return Promise.all(Array.from({ length: 2 * FOLLOWS }, async (_, i) => {
    const path = `app.bsky.graph.follow/3lzzzzzzzzz2${BASE32_SORTABLE.charAt(i % FOLLOWS)}`;
    const op = i < FOLLOWS ? { path, record: { subject: DID } } : { action: "delete", path };
    return { seq: i + 1, bytes: await commitMessage([op], { seq: i + 1, rev: tidOf(1e12, i) }) };
  }));
}

Deno.test("stream knows the subjects of records that a run before has seen, also where it begins elsewhere", async () => {
  const all = await messages();
  const options = ["--events", "records,deletes", "--remember-subjects", "100"];
  const { args, events } = await flags(null, ...options);
  {
    await using server = firehoseOf(all.slice(0, FOLLOWS));
    await using command = new RunningCommand([...args, "--firehose-url", server.url, "--cursor", "oldest"]);
    await until("the follows", () => events().length === FOLLOWS);
    await command.stop();
  }
  await using server = firehoseOf(all.slice(FOLLOWS));
  await using command = new RunningCommand([...args, "--firehose-url", server.url, "--cursor", "oldest"]);
  await until("the deletes", () => events().length === 2 * FOLLOWS);
  const deletes = events().slice(FOLLOWS);
  assertEquals(
    new Set(deletes.map(({ type, data }) => `${type} ${data["subject"]}`)),
    new Set([
      `Bluesky.Graph.Follow.Deleted ${DID}`,
    ]),
  );
  await command.stop();
  assert(/"memory":"subjects","entries":[1-9]|memory=subjects entries=[1-9]/.test(command.stderr), command.stderr);
});
