import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Asked, checkTransactions } from "../../../src/cli/check/transactions.ts";
import type { OffsetAndMetadata } from "../../../src/kafka/offsets/cursor_offset.ts";
import { committedOf } from "../../../src/kafka/offsets/cursor_offset.ts";

const JOB = { transactionalId: "job-id", cursorGroup: "job" };
const NEVER = new AbortController().signal;

/** Brokers in whose place these answer, and the names that they were asked for. */
class Brokers implements Asked {
  readonly asked: string[] = [];
  missing: readonly string[] = [];
  /** What questions for a name end with, in order; then they are answered. */
  readonly errors = new Map<string, Error[]>();
  kept: OffsetAndMetadata | null = null;

  missingTransactionRequests(): Promise<readonly string[]> {
    return Promise.resolve(this.missing);
  }
  async findTransactionCoordinator(transactionalId: string): Promise<void> {
    await this.#answer(transactionalId);
  }
  async peek(group: string): Promise<OffsetAndMetadata | null> {
    await this.#answer(group);
    return group === JOB.cursorGroup ? this.kept : null;
  }
  #answer(name: string): Promise<void> {
    this.asked.push(name);
    const error = this.errors.get(name)?.shift();
    return error === undefined ? Promise.resolve() : Promise.reject(error);
  }
}

function protocolError(type: string): Error {
  return Object.assign(new Error(`it says ${type}`), { type });
}

Deno.test("checkTransactions() asks for both coordinators and both groups, and shows the cursor", async () => {
  const brokers = new Brokers();
  const fresh = await checkTransactions(brokers, JOB, NEVER);
  assertEquals([fresh.status, fresh.detail], ["ok", 'the brokers support them, and the group "job" has no cursor yet']);
  assertEquals(brokers.asked, ["job-id", "job-alive", "job"]);
  brokers.kept = committedOf({ host: "relay.example", seq: 7, time: null }, "me", 0);
  assertStringIncludes((await checkTransactions(brokers, JOB, NEVER)).detail, '"job" has the cursor 7');
});

Deno.test("checkTransactions() fails where the brokers have no transactions", async () => {
  const brokers = new Brokers();
  brokers.missing = ["InitProducerId"];
  const found = await checkTransactions(brokers, JOB, NEVER);
  assertEquals([found.status, found.advice], ["failed", "set --delivery at-least-once"]);
  assertStringIncludes(found.detail, "InitProducerId missing");
  assertEquals(brokers.asked, []);
});

Deno.test("checkTransactions() waits for coordinators that are about to begin", async () => {
  const brokers = new Brokers();
  brokers.errors.set("job-alive", [protocolError("GROUP_COORDINATOR_NOT_AVAILABLE"), protocolError("NOT_COORDINATOR")]);
  assertEquals((await checkTransactions(brokers, JOB, NEVER)).status, "ok");
  assertEquals(brokers.asked.filter((name) => name === "job-alive").length, 3);
});

Deno.test("checkTransactions() says at once what no waiting mends, and what does not pass when it has waited", async () => {
  const lasting = (type: string) => Array.from({ length: 1000 }, () => protocolError(type));
  for (
    const [name, type, advice, attempts] of [
      ["job-id", "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "on the transactional ID", 1],
      ["job", "GROUP_AUTHORIZATION_FAILED", "READ on the group", 1],
      ["job-id", "COORDINATOR_NOT_AVAILABLE", "transaction.state.log.replication.factor", 2],
      ["job-alive", "GROUP_COORDINATOR_NOT_AVAILABLE", "offsets.topic.replication.factor", 2],
      ["job", "UNKNOWN_SERVER_ERROR", "retry forever", 2],
    ] as const
  ) {
    const brokers = new Brokers();
    brokers.errors.set(name, lasting(type));
    const patience = new AbortController();
    // The second answer is the last that it has the patience for.
    const { asked } = brokers;
    const push = asked.push.bind(asked);
    asked.push = (...names) => {
      if (names[0] === name && asked.includes(name)) queueMicrotask(() => queueMicrotask(() => patience.abort()));
      return push(...names);
    };
    const found = await checkTransactions(brokers, JOB, patience.signal);
    assertEquals([found.name, found.status], ["transactions", "failed"]);
    assertStringIncludes(found.detail, `"${name}": it says ${type}`);
    assertStringIncludes(found.advice ?? "", advice);
    const times = asked.filter((each) => each === name).length;
    assert(attempts === 1 ? times === 1 : times >= 2, `${name} ${times}`);
  }
});

Deno.test("checkTransactions() says that there is no answer where none comes", async () => {
  const brokers = new Brokers();
  brokers.peek = () => new Promise(() => {});
  const found = await checkTransactions(brokers, JOB, AbortSignal.timeout(50));
  assertEquals(found.status, "failed");
  assertStringIncludes(found.detail, 'the offset of the group "job-alive": no response in time');
});
