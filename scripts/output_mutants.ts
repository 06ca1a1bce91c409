/**
 * OUTPUT_MUTANTS: the one-line faults in what leaves the program: events, their records, what Kafka is given, and what
 * databases make of it.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const QUEUE = {
  file: "src/kafka/producer/partition_queue.ts",
  test: "tests/kafka/producer/partition_queue_test.ts",
} as const;
const ACKNOWLEDGED = {
  file: "src/kafka/producer/until_acknowledged.ts",
  test: "tests/kafka/producer/until_acknowledged_test.ts",
} as const;
const SEQUENCES = {
  file: "src/kafka/producer/sequences.ts",
  test: "tests/kafka/producer/sequences_test.ts",
} as const;
const FOLD = { file: "src/schemas/fold.ts", test: "tests/schemas/kql_test.ts" } as const;
const BATCHER = { file: "src/kafka/producer/batcher.ts", test: "tests/kafka/producer/batcher_test.ts" } as const;
const BUFFER = {
  file: "src/kafka/producer/transaction_buffer.ts",
  test: "tests/kafka/producer/transaction_buffer_test.ts",
} as const;
const ROUTES = {
  file: "src/kafka/producer/topic_routes.ts",
  test: "tests/kafka/producer/topic_routes_test.ts",
} as const;
const EVENT = { file: "src/events/cloudevent.ts", test: "tests/events/encoder_test.ts" } as const;
const LAYOUT = { file: "src/events/record_layout.ts", test: "tests/events/record_layout_test.ts" } as const;
const DEAD = { file: "src/pipeline/dead_letters.ts", test: "tests/pipeline/dead_letters_test.ts" } as const;

/** Those mutants. */
export const OUTPUT_MUTANTS: readonly Mutant[] = [
  {
    file: "src/pipeline/event_maker.ts",
    test: "tests/pipeline/event_maker_test.ts",
    name: "a removed account is told of in its own topic alone",
    from: ", ...copiesOf(frame, event, this.#options.layout)",
    to: "",
  },
  {
    file: "src/app/topics.ts",
    test: "tests/app/topics_test.ts",
    name: "topics that came later do not hear of removed accounts",
    from: ", ...[...openTopics()].filter(open.isOwn)",
    to: "",
  },
  {
    ...ACKNOWLEDGED,
    name: "a batch is sent again after what no retry can help",
    from: 'if (classify(error) === "fatal") throw error;',
    to: "",
  },
  {
    ...QUEUE,
    name: "only one half of what is too large is sent",
    from: "      await this.#deliver({ records: records.slice(half), receipts: receipts.slice(half) });\n",
    to: "",
  },
  {
    ...QUEUE,
    name: "halves are sent in the wrong order",
    from: "records.slice(0, half), receipts: receipts.slice(0, half)",
    to: "records.slice(half), receipts: receipts.slice(half)",
  },
  {
    ...QUEUE,
    name: "two batches of a partition are under way",
    from: "if (this.#isSending || this.#stopped || !this.#hasWork) return;",
    to: "if (this.#stopped || !this.#hasWork) return;",
  },
  {
    ...ACKNOWLEDGED,
    name: "what is stopped counts as acknowledged",
    from: 'return "stopped";',
    to: 'return "acknowledged";',
  },
  {
    ...QUEUE,
    name: "what is too large by itself counts as delivered",
    from: 'this.#settle(batch, "dropped");',
    to: 'this.#settle(batch, "delivered");',
  },
  {
    ...ACKNOWLEDGED,
    name: "the next batch has the number of the one before",
    from: 'if (delivery === "acknowledged") sequences.advance(topic, partition, records.length);',
    to: 'if (delivery === "acknowledged") sequences.advance(topic, partition, 0);',
  },
  {
    ...ACKNOWLEDGED,
    name: "a batch is given up where a broker lost track of those before",
    from: "        sequences.renew(topic, partition);\n      }\n      throw error;",
    to: "        sequences.renew(topic, partition);\n        return;\n      }\n      throw error;",
  },
  {
    ...SEQUENCES,
    name: "numbers grow past 31 bits",
    from: "(firstSequence + records) & MAX_SEQUENCE",
    to: "firstSequence + records",
  },
  {
    ...BATCHER,
    name: "keys move to other partitions while records of theirs are under way",
    from: "if (this.#next === null || this.#outstanding > this.#held.length) return;",
    to: "if (this.#next === null) return;",
  },
  {
    ...BUFFER,
    name: "what is too large is sent again for ever",
    from: "        this.#dropped.add(record);\n",
    to: "",
  },
  {
    ...BUFFER,
    name: "an attempt fails while others are under way",
    from: "      await batcher.stop();\n",
    to: "",
  },
  {
    ...BUFFER,
    name: "a letter that is written while records are queued is sent twice",
    from: "this.#records.filter((each) => !this.#dropped.has(each))",
    to: "this.#records",
  },
  {
    ...BUFFER,
    name: "the letter of what is too large waits for the next transaction",
    from: "    this.#send?.(record);\n",
    to: "",
  },
  {
    ...DEAD,
    name: "a letter that is too large is not made smaller",
    from: 'if (outcome === "dropped" && index + 1 < RAW_BOUNDS.length)',
    to: 'if (outcome === "dropped" && index + 1 < 0)',
  },
  {
    ...FOLD,
    name: "databases order the events of a record by time",
    from: 'if (Object.hasOwn(envelopeOf(definition), "rev")) return [`${prefix}rev`];',
    to: 'if (Object.hasOwn(envelopeOf(definition), "rev")) return [`${prefix}time`];',
  },
  {
    ...FOLD,
    name: "databases show what a deleted account had, once it is back",
    from: "export const ERASED = REMOVED[0];",
    to: "export const ERASED = REMOVED[1];",
  },
  {
    ...BATCHER,
    name: "what is written to a topic that is being opened goes nowhere",
    from: "if (this.#next !== null || this.#queues.length === 0) this.#held.push",
    to: "if (this.#next !== null) this.#held.push",
  },
  {
    ...BATCHER,
    name: "what waits for a topic that does not come about is lost",
    from: "for (const { record, receipt } of queues?.takeHeld() ?? []) others.write(record, receipt);",
    to: "queues?.takeHeld(); void others;",
  },
  {
    ...ROUTES,
    name: "whoever writes records makes topics without end",
    from: "if (this.#own.size >= this.#open.limit)",
    to: "if (this.#own.size > this.#open.limit)",
  },
  {
    ...EVENT,
    name: "the partition follows from the key and not from the account",
    from: "    partitionKey,\n    value",
    to: "    value",
  },
  {
    ...EVENT,
    name: "a delete keeps its value",
    from: "value: isTombstone ? null :",
    to: "value:",
  },
  {
    ...LAYOUT,
    name: "a record is from the future",
    from: "eventMs >= 0 && eventMs < nowMs",
    to: "eventMs >= 0",
  },
];
