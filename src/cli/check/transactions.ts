/**
 * What delivery exactly once needs of the brokers, looked at as the start does, short of a transaction: one would end
 * that of a producer which is running.
 *
 * @module
 */
import { classify, reasonOf, typesOf } from "../../kafka/client/classify.ts";
import type { OffsetStore } from "../../kafka/offsets/offset_store.ts";
import { storedCursorOf } from "../../kafka/offsets/cursor_offset.ts";
import { aliveGroup } from "../../kafka/producer/liveness.ts";
import { unlessAborted, waitFor } from "../../kafka/client/wait.ts";
import { adviceOn, transactionAdvice } from "../advice.ts";
import { type Finding, finding } from "./finding.ts";

const NAME = "transactions";
/** A new cluster creates the topics of its coordinators when they are first asked for. */
const RETRY_MS = 500;

/** The names of a job. */
export interface Job {
  readonly transactionalId: string;
  readonly cursorGroup: string;
}

/** What is asked. */
export type Asked = Pick<OffsetStore, "missingTransactionRequests" | "findTransactionCoordinator" | "peek">;

/** Asks until there is an answer, or `signal` aborts: who coordinates, and for the offsets of both groups. */
export async function checkTransactions(groups: Asked, job: Job, signal: AbortSignal): Promise<Finding> {
  const { transactionalId, cursorGroup } = job;
  for (let last: { readonly step: string; readonly error: unknown } | null = null;;) {
    let step = "the versions of requests";
    try {
      const missing = await unlessAborted(groups.missingTransactionRequests(), signal);
      if (missing.length > 0) {
        return finding(
          NAME,
          "failed",
          `the brokers do not support them: ${missing.join(", ")} missing`,
          adviceOn(["TransactionsMissingError"]),
        );
      }
      step = `the coordinator of the transactional ID "${transactionalId}"`;
      await unlessAborted(groups.findTransactionCoordinator(transactionalId), signal);
      step = `the offset of the group "${aliveGroup(cursorGroup)}"`;
      await unlessAborted(groups.peek(aliveGroup(cursorGroup)), signal);
      step = `the offset of the group "${cursorGroup}"`;
      const found = await unlessAborted(groups.peek(cursorGroup), signal);
      const cursor = found === null ? null : storedCursorOf(found).cursor;
      const kept = cursor === null ? "no cursor yet" : `the cursor ${cursor.seq}`;
      return finding(NAME, "ok", `the brokers support them, and the group "${cursorGroup}" has ${kept}`);
    } catch (error) {
      if (!signal.aborted) last = { step, error };
      if (signal.aborted || classify(last?.error) === "fatal") return failed(last?.step ?? step, last?.error);
    }
    await waitFor(RETRY_MS, signal);
  }
}

function failed(step: string, error: unknown): Finding {
  const reason = error === undefined ? "no response in time" : reasonOf(error);
  return finding(NAME, "failed", `${step}: ${reason}`, transactionAdvice(typesOf(error)));
}
