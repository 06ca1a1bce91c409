/**
 * Which test files run together in one process of Deno, and in which order: the longest first, so that none is left at
 * the end while other processors are idle, and small ones together, as starting a process costs more than they do.
 *
 * @module
 */

/** A test file: its path from the root of the project, and how many seconds it took the last time, or may take. */
export interface TestFile {
  readonly path: string;
  readonly seconds: number;
  /** Whether it asks for the shared broker, which starts while others run. */
  readonly needsKafka: boolean;
}

/** Files that run one after another in one process. */
export interface Batch {
  readonly files: readonly TestFile[];
  readonly needsKafka: boolean;
}

/** A batch is full with so many seconds, or so many files. */
const BATCH_SECONDS = 3;
const BATCH_FILES = 12;
/** What a file that never ran takes, in seconds: one that starts programs or brokers, and one that does not. */
const GUESS = { heavy: 6, light: 0.3 } as const;
/**
 * What a guess would be far from, in seconds on two idle cores: in a fresh clone these files would come late, or in one
 * batch.
 */
export const LONG_FILES: Readonly<Record<string, number>> = {
  "tests/e2e/command_test.ts": 12,
  "tests/e2e/breaks_test.ts": 25,
  "tests/e2e/delivery_test.ts": 10,
  "tests/e2e/loss_test.ts": 20,
  "tests/e2e/resume_test.ts": 18,
  "tests/e2e/cursor_file_test.ts": 15,
  "tests/e2e/shards_test.ts": 20,
  "tests/e2e/content_modes_test.ts": 10,
  "tests/e2e/repo_gap_test.ts": 16,
  "tests/e2e/exactly_once_topics_test.ts": 12,
  "tests/e2e/account_lists_test.ts": 9,
  "tests/e2e/faults_test.ts": 8,
  "tests/e2e/removal_test.ts": 16,
  "tests/events/fast_path_test.ts": 6,
  "tests/app/produce_test.ts": 8,
  "tests/cli/completions/zsh_test.ts": 10,
  "tests/cli/consume_test.ts": 10,
  "tests/cli/demo_test.ts": 8,
  "tests/cli/simulate_test.ts": 6,
  "tests/cli/stream_test.ts": 6,
  "tests/fuzz/fuzz_test.ts": 7,
  "tests/pipeline/pipeline_test.ts": 7,
  "tests/plane/plane_test.ts": 4,
  "tests/plane/selection_test.ts": 4,
  "tests/simulator/commit_faults_test.ts": 4,
  "tests/simulator/network_test.ts": 5,
  "tests/simulator/world_test.ts": 5,
  "tests/kafka/protocol/compression_test.ts": 7,
};

/** The same, where the tests that take minutes run too. */
export const LONGEST_FILES: Readonly<Record<string, number>> = {
  "tests/e2e/documents_test.ts": 200,
  "tests/e2e/kafka_permissions_test.ts": 50,
  "tests/examples/clickhouse_test.ts": 15,
  "tests/examples/java_test.ts": 60,
  "tests/examples/python_test.ts": 20,
  "tests/examples/trending_test.ts": 60,
};

/**
 * What is known of a file that is about to run: `text` is the file's, `lastSeconds` undefined if it never ran here, `all`
 * whether the tests that take minutes run too.
 */
export function describeFile(path: string, text: string, lastSeconds: number | undefined, all = false): TestFile {
  const needsKafka = /\bkafkaTest\(/.test(text);
  const isHeavy = needsKafka || /\b(?:runProgram|RunningProgram|Deno\.Command)\b/.test(text);
  const guess = (all ? LONGEST_FILES[path] : undefined) ?? LONG_FILES[path] ?? (isHeavy ? GUESS.heavy : GUESS.light);
  return { path, seconds: lastSeconds ?? guess, needsKafka };
}

/** Whether a file has tests that take minutes, by how it registers them. */
export function hasLongTests(text: string): boolean {
  return /\b(?:ownKafkaTest|clusterTest|secureKafkaTest)\(|\["long"/.test(text);
}

/** Puts files into batches, in the order in which they are to start. */
export function planBatches(files: readonly TestFile[]): readonly Batch[] {
  const batches: { files: TestFile[]; needsKafka: boolean; seconds: number }[] = [];
  for (const file of files.toSorted((a, b) => b.seconds - a.seconds || (a.path < b.path ? -1 : 1))) {
    const open = batches.find(({ files, needsKafka, seconds }) =>
      needsKafka === file.needsKafka && files.length < BATCH_FILES && seconds + file.seconds <= BATCH_SECONDS
    );
    if (open === undefined) batches.push({ files: [file], needsKafka: file.needsKafka, seconds: file.seconds });
    else {
      open.files.push(file);
      open.seconds += file.seconds;
    }
  }
  return batches.toSorted((a, b) => b.seconds - a.seconds);
}

/** How long all of it may take, in seconds, with so many processes at a time. */
export function expectedSeconds(batches: readonly Batch[], processes: number): number {
  const each = batches.map(({ files }) => files.reduce((sum, { seconds }) => sum + seconds, 0));
  const total = each.reduce((sum, seconds) => sum + seconds, 0);
  return Math.max(total / processes, ...each);
}
