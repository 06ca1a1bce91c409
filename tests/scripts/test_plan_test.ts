import { assert, assertEquals } from "@std/assert";
import {
  describeFile,
  expectedSeconds,
  hasLongTests,
  LONG_FILES,
  LONGEST_FILES,
  planBatches,
  type TestFile,
} from "../../scripts/test_plan.ts";

function file(path: string, seconds: number, needsKafka = false): TestFile {
  return { path, seconds, needsKafka };
}

Deno.test("planBatches() begins with the longest, and puts small files together, with and without a broker apart", () => {
  const small = Array.from({ length: 30 }, (_, i) => file(`s${String(i).padStart(2, "0")}`, 0.2));
  const kafka = [file("k1", 0.5, true), file("k2", 0.5, true)];
  const files = [...small, file("long", 40), ...kafka, file("longest", 60)];
  const batches = planBatches(files);
  assertEquals(batches.slice(0, 2).map(({ files }) => files.map(({ path }) => path)), [["longest"], ["long"]]);
  assertEquals(batches.flatMap(({ files }) => files).toSorted(byPath), files.toSorted(byPath));
  for (const { files, needsKafka } of batches) {
    assert(files.length <= 12, `${files.length}`);
    assertEquals(files.filter((each) => each.needsKafka !== needsKafka), []);
    assert(files.length === 1 || files.reduce((sum, { seconds }) => sum + seconds, 0) <= 3.001);
  }
  assert(batches.length < 8, `${batches.length} processes for ${files.length} files`);
});

function byPath(a: TestFile, b: TestFile): number {
  return a.path < b.path ? -1 : 1;
}

Deno.test("describeFile() takes the time of the last run, else a guess by what the file uses", () => {
  const unit = 'Deno.test("a", () => {});';
  const broker = 'kafkaTest("a", async (kafka) => {});';
  assertEquals(describeFile("a", unit, 4), { path: "a", seconds: 4, needsKafka: false });
  assertEquals(describeFile("a", broker, 0.1), { path: "a", seconds: 0.1, needsKafka: true });
  assert(describeFile("a", unit, undefined).seconds < describeFile("a", broker, undefined).seconds);
  const [[path, seconds] = ["", 0]] = Object.entries(LONG_FILES);
  assertEquals(describeFile(path, unit, undefined).seconds, seconds);
  assertEquals(describeFile(path, unit, 4).seconds, 4);
  const [[longest, most] = ["", 0]] = Object.entries(LONGEST_FILES);
  assertEquals([true, false].map((all) => describeFile(longest, unit, undefined, all).seconds === most), [true, false]);
  for (const each of [LONG_FILES, LONGEST_FILES].flatMap(Object.keys)) {
    assert(Deno.statSync(new URL(`../../${each}`, import.meta.url)).isFile);
  }
  // A test with a broker of its own does not wait for the one that is shared.
  assertEquals(describeFile("a", 'ownKafkaTest("a", async (broker) => {});', undefined).needsKafka, false);
});

Deno.test("expectedSeconds() is the share of each process, and never less than the longest file", () => {
  assertEquals(expectedSeconds(planBatches([file("a", 8), file("b", 8), file("c", 8)]), 3), 8);
  assertEquals(expectedSeconds(planBatches([file("a", 30), file("b", 3)]), 3), 30);
  assertEquals(expectedSeconds([], 3), 0);
});

Deno.test("hasLongTests() knows a file by how it registers tests that take minutes", () => {
  for (
    const long of ['ownKafkaTest("a", async () => {});', 'clusterTest("a")', 'testWith(["long", "own-kafka"], "a")']
  ) {
    assert(hasLongTests(long), long);
  }
  assert(!hasLongTests('kafkaTest("a long way", async (kafka) => {});'));
});
