/**
 * The instances that share the network with this one: whether each account is written by one of them, as far as the last
 * records of the topic show.
 *
 * @module
 */
import { openConnection } from "../../app/connection.ts";
import type { Settings } from "../../app/settings.ts";
import { readShards, type ShardRecords } from "../../app/shard_evidence.ts";
import { topicsOf } from "../../app/topics.ts";
import { reasonOf } from "../../kafka/client/classify.ts";
import { type Finding, finding } from "./finding.ts";

const NAME = "shards";
/** With fewer records for each shard the lack of one says nothing. */
const ENOUGH_EVENTS = 50;
/** A share of copies that no start of an instance at its cursor makes. */
const OVERLAP = 0.25;

/** Looks for accounts that nobody writes, or two instances do; nothing where the network is not shared. */
export async function* checkShards({ config, origins }: Settings): AsyncGenerator<Finding> {
  const { kafka, shard, dids } = config;
  if (kafka === null || shard === null) return;
  try {
    const { known } = topicsOf(kafka.topic, config);
    const records = await readShards(await openConnection(kafka, origins), known, shard.count);
    // Some of a few accounts may have been silent, or none of them be in a shard.
    yield judgeShards(records, shard.index, dids === null);
  } catch (error) {
    yield finding(
      NAME,
      "warning",
      `cannot be read: ${reasonOf(error)}`,
      "grant READ on the topic to this user, to see them",
    );
  }
}

/** What records by shard say; `own` is this instance's, which may not have begun. */
export function judgeShards(records: readonly ShardRecords[], own: number, findsHoles: boolean): Finding {
  const count = records.length;
  const events = records.reduce((sum, each) => sum + each.events, 0);
  const seen = `${events} of the last events are of accounts`;
  const indexes = (is: (each: ShardRecords) => boolean) =>
    records.flatMap((each, index) => is(each) ? [`${index}/${count}`] : []);
  const overlaps = indexes(({ events, copied }) => events >= ENOUGH_EVENTS && copied >= events * OVERLAP);
  if (overlaps.length > 0) {
    return finding(
      NAME,
      "warning",
      `overlap: many events of ${overlaps.join(", ")} are in the topic twice`,
      "two instances write these accounts, or did until now: give each its own --shard, all with the same number of shards",
    );
  }
  if (events < ENOUGH_EVENTS * count) {
    return finding(NAME, "skipped", `the topic has too few events to show which of ${count} shards are written`);
  }
  const holes = indexes(({ events }) => events === 0).filter((name) => name !== `${own}/${count}`);
  if (holes.length > 0 && findsHoles) {
    return finding(
      NAME,
      "warning",
      `missing: ${seen}, and none of ${holes.join(", ")}`,
      "no instance writes these accounts: start the missing ones, from their cursors",
    );
  }
  return finding(NAME, "ok", `${seen}; no shard but this one is missing, and none is written twice`);
}
