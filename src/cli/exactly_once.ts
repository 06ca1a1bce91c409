/**
 * Delivery exactly once: the transactional sink of a configuration, and how the two ways of delivery go on from each
 * other's cursor.
 *
 * @module
 */
import { jobNames } from "../config/delivery_options.ts";
import type { KafkaSettings } from "../config/kafka_settings.ts";
import type { Config } from "../config/resolve.ts";
import type { Origin } from "../config/table.ts";
import { type Cursor, CursorError } from "../cursor/cursor.ts";
import { CursorFile } from "../cursor/file.ts";
import { newerOf } from "../cursor/newer.ts";
import type { Log } from "../ops/log.ts";
import { type ReportParts, reportTransactions } from "../ops/report.ts";
import type { TransactionSink } from "../sink/kafka/transaction.ts";
import { openConnection } from "./connection.ts";
import { wait } from "./wait.ts";

/** How often what was written is committed, in milliseconds; Event Hubs takes four commits of offsets a second. */
const COMMIT_EVERY_MS = { "kafka": 250, "event-hubs": 1000 } as const;
/** How often it is looked whether a transaction that was left open has ended, in milliseconds. */
const UNSTABLE_RETRY_MS = 1000;

/** How often to commit, in milliseconds; null where delivery is at least once. */
export function commitEveryMs({ delivery, kafka }: Config): number | null {
  return delivery === "exactly-once" && kafka !== null ? COMMIT_EVERY_MS[kafka.profile] : null;
}

/** The name of the job, by which cursors are told from those of others; null where it does not write to Kafka. */
export function jobOf(config: Config): string | null {
  return config.kafka === null ? null : jobNames(config, config.kafka.topic).cursorGroup;
}

/** Opens the sink that is the store of the cursor too, and waits for `beforeCommit` before each commit. */
export async function openTransactions(
  config: Config & { readonly kafka: KafkaSettings },
  origins: Readonly<Record<string, Origin>>,
  parts: ReportParts,
  beforeCommit: () => Promise<void>,
  signal: AbortSignal,
): Promise<TransactionSink> {
  const { openTransactionSink } = await import("../sink/kafka/transaction.ts");
  const { topicPartitions: partitions, topicReplication: replication } = config;
  return await openTransactionSink(
    {
      ...await openConnection(config.kafka, origins),
      ...jobNames(config, config.kafka.topic),
      createTopic: config.createTopic ? { partitions, replication } : null,
      partitioner: config.partitioner,
      compression: config.compression,
      deadLetterTopic: config.deadLetterTopic,
      beforeCommit,
      standby: config.standby,
      instance: `${Deno.hostname()} pid ${Deno.pid} (${crypto.randomUUID().slice(0, 8)})`,
      now: () => performance.now(),
    },
    reportTransactions(parts),
    signal,
  );
}

/**
 * Where delivery exactly once goes on: at the cursor in Kafka, or at that of the file if it is newer, as after delivery
 * at least once. A file that names another job says nothing, and one that names none only where Kafka has no cursor.
 *
 * @throws {CursorError} if the file cannot be used, and there is no other cursor
 */
export async function cursorExactlyOnce(config: Config, group: Cursor | null, log: Log): Promise<Cursor | null> {
  const file = new CursorFile(config.cursorFile);
  let kept: Cursor | null = null;
  try {
    const job = await file.keptFor();
    if (job === jobOf(config) || (job === null && group === null)) kept = await file.load();
  } catch (error) {
    if (!(error instanceof CursorError) || group === null) throw error;
    log("warn", `Going on from the cursor in Kafka. ${error.message}`);
  }
  return tell(kept, group, log);
}

/**
 * Where delivery at least once goes on: at the cursor of the file, or at that in Kafka if it is newer, as after
 * delivery exactly once. Brokers without such a group are asked for nothing else.
 */
export async function cursorAtLeastOnce(
  config: Config & { readonly kafka: KafkaSettings },
  origins: Readonly<Record<string, Origin>>,
  file: Cursor | null,
  log: Log,
  signal: AbortSignal,
): Promise<Cursor | null> {
  const [{ openGroupOffsets }, { keptCursorOf }, { isUnstable, isUnsupported, reasonOf }] = await Promise.all([
    import("../sink/kafka/group_offsets.ts"),
    import("../sink/kafka/kept_cursor.ts"),
    import("../sink/kafka/classify.ts"),
  ]);
  const { cursorGroup } = jobNames(config, config.kafka.topic);
  const groups = openGroupOffsets(await openConnection(config.kafka, origins));
  try {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const committed = await groups.exists(cursorGroup) ? await groups.read(cursorGroup) : null;
        return tell(file, committed === null ? null : keptCursorOf(committed).cursor, log);
      } catch (error) {
        if (!isUnstable(error)) throw error;
        if (attempt === 1) {
          log("info", "Waiting for the end of a transaction that was left open", { group: cursorGroup });
        }
        await wait(UNSTABLE_RETRY_MS, signal);
      }
    }
    return file;
  } catch (error) {
    if (!isUnsupported(error)) {
      log("warn", "It cannot be seen whether the group has a newer cursor than the file", {
        group: cursorGroup,
        reason: reasonOf(error),
      });
    }
    return file;
  } finally {
    groups.close();
  }
}

function tell(file: Cursor | null, group: Cursor | null, log: Log): Cursor | null {
  const { cursor, from } = newerOf(file, group);
  if (file !== null && group !== null) {
    log("info", `The cursor of the ${from} is the newer one`, { file: file.seq, group: group.seq });
  }
  return cursor;
}
