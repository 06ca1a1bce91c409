/**
 * Accounts that are deleted or taken down, where each collection has a topic: whoever reads one of them alone sees it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { mixOf } from "../../src/simulator/mix.ts";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";
import { createNetwork } from "../../src/simulator/network.ts";
import { serve } from "../../src/simulator/server.ts";
import { readCommitted } from "../support/committed.ts";
import { ACTIVE, says } from "../support/exactly_once.ts";
import { kafkaTest, withAdmin } from "../support/kafka.ts";
import { RunningProgram } from "../support/program.ts";
import { readCursor } from "../support/stream.ts";
import { untilAtLeast } from "../support/wait.ts";

const FIRST_SEQ = 1000;
const FRAMES = 1200;

interface Event {
  readonly type: string;
  readonly subject: string;
  readonly id: string;
  readonly time: string;
  readonly rev?: string;
  readonly action?: string;
  readonly data: { readonly status?: string | null; readonly seq: number };
}

/** The records that a consumer of one topic holds, by the rules of EVENTS.md. */
function fold(events: readonly Event[]): Set<string> {
  const accounts = new Map<string, Event>();
  const erased = new Map<string, string>();
  const records = new Map<string, Event>();
  const isLater = (one: Event, other: Event | undefined) =>
    other === undefined || one.time > other.time || (one.time === other.time && one.data.seq > other.data.seq);
  for (const event of events) {
    const { type, subject, id, data: { status }, time } = event;
    const uri = `at://${subject}/${id.split("/").slice(2).join("/")}`;
    if (type === "Atproto.Account") {
      if (isLater(event, accounts.get(subject))) accounts.set(subject, event);
      if (status === "deleted" && time > (erased.get(subject) ?? "")) erased.set(subject, time);
    } else if ((event.rev ?? "") > (records.get(uri)?.rev ?? "")) {
      records.set(uri, event);
    }
  }
  const isGone = ({ subject, time }: Event) =>
    ["deleted", "takendown"].includes(accounts.get(subject)?.data.status ?? "") || time <= (erased.get(subject) ?? "");
  return new Set([...records].filter(([, event]) => event.action !== "delete" && !isGone(event)).map(([uri]) => uri));
}

for (const delivery of ["at-least-once", "exactly-once"] as const) {
  kafkaTest(
    `stream --delivery ${delivery} tells of removed accounts in each topic of records, with starts in between`,
    async (kafka) => {
      const mix = mixOf({ post: 20, like: 20, follow: 20, foreign: 15, update: 5, delete: 10, account: 10 });
      const network = await createNetwork({
        ...{ mix, seed: 21, accounts: 60, firstSeq: FIRST_SEQ, startMs: Date.UTC(2026, 0, 1), stepMs: 50 },
        ...{ pastRecords: 0, keepsRecords: true },
      });
      const messages: (SimulatedFrame & { readonly atMs: null })[] = [];
      for (let i = 0; i < FRAMES; i++) messages.push({ ...await network.next(), atMs: null });
      const { accounts, records } = network.live();
      const statuses = [...accounts.values()].map(({ status }) => status);
      assert(
        statuses.filter((status) => status === "deleted").length > 5 && statuses.includes("takendown"),
        statuses.join(),
      );

      // The second half comes when the first start has stopped.
      const gate = Promise.withResolvers<void>();
      let index = 0;
      const next = async () => {
        if (index === FRAMES / 2) await gate.promise;
        return messages[index++] ?? null;
      };
      await using server = serve({ next }, { port: 0, rate: null, window: FRAMES, faults: [] });
      const cursorFile = `${await Deno.makeTempDir()}/cursor`;
      const prefix = `${kafka.topic}.`;
      const args = ["stream", "--firehose-url", server.url, "--kafka-bootstrap-servers", kafka.bootstrapServers]
        .concat(["--kafka-topic", `${prefix}{collection}`, "--create-topic", "--topic-partitions", "2"])
        .concat(["--collections", "*", "--events", "records,deletes,account", "--delivery", delivery])
        .concat(["--cursor-file", cursorFile]);
      const home = `${prefix}stream`;
      const groupId = `bluesky_firehose-${prefix}{collection}`;
      const cursor = async () => {
        if (delivery === "at-least-once") return await readCursor(cursorFile);
        const [found] = await withAdmin(kafka, (admin) => admin.fetchOffsets({ groupId, topics: [home] })).catch(
          () => [],
        );
        return Number(found?.partitions.find(({ partition }) => partition === 0)?.offset ?? 0);
      };
      for (const [i, seq] of [messages[FRAMES / 2 - 1]?.seq ?? 0, messages.at(-1)?.seq ?? 0].entries()) {
        if (i === 1) gate.resolve();
        await using stream = new RunningProgram([...args, ...(i === 0 ? ["--cursor", "oldest"] : [])]);
        await untilAtLeast("the cursor", seq, cursor);
        await stream.stop();
      }
      if (delivery === "exactly-once") {
        // The next one is the active one once the marks of the last transaction stand in all topics.
        await using next = new RunningProgram(args);
        await says(kafka, next, ACTIVE);
        await next.stop();
      }

      const topics = (await withAdmin(kafka, (admin) => admin.listTopics())).filter((topic) =>
        topic.startsWith(prefix)
      );
      const ofRecords = topics.filter((topic) => ![home, `${prefix}account`].includes(topic));
      assert(ofRecords.length > 8, topics.join());
      const read = async (topic: string): Promise<Event[]> =>
        (await readCommitted(kafka.bootstrapServers, topic)).map(({ value }) => JSON.parse(value));
      const told = new Set((await read(`${prefix}account`)).map(({ id }) => id));
      assert(told.size > 50, `${told.size}`);
      let copies = 0;
      const held = new Set<string>();
      const firstOf = new Map<string, number>();
      for (const topic of ofRecords) {
        const events = await read(topic);
        const about = events.filter(({ type }) => type === "Atproto.Account");
        if (delivery === "exactly-once") {
          assertEquals(new Set(about.map(({ id, data }) => `${id} ${data.status}`)).size, about.length);
        }
        for (const { id } of about) assert(told.has(id), id);
        copies += about.length;
        firstOf.set(topic, Math.min(...events.map(({ data }) => data.seq)));
        for (const uri of fold(events)) held.add(uri);
      }
      // From the first record in a topic on, each one.
      const expectedCopies = ofRecords.map((topic) =>
        messages.filter(({ type, seq }) => type === "#account" && seq > (firstOf.get(topic) ?? Infinity)).length
      ).reduce((sum, count) => sum + count, 0);
      assert(copies >= expectedCopies && expectedCopies > 300, `${copies} of ${expectedCopies}`);
      const removed = new Set(
        [...accounts].filter(([, { status }]) => status === "deleted" || status === "takendown").map(([did]) => did),
      );
      const isRemoved = (uri: string) => removed.has(uri.split("/")[2] ?? "");
      assertEquals([...held].toSorted(), [...records.keys()].filter((uri) => !isRemoved(uri)).toSorted());
    },
    ["long"],
  );
}
