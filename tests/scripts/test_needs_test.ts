import { assert, assertEquals } from "@std/assert";
import { delimiter } from "node:path";
import { findNeeds, installCommand, isOnPath, type Need, NEEDS } from "../../scripts/test_needs.ts";
import { TestFolder } from "../support/folder.ts";

Deno.test("isOnPath() finds a program that is there, and none that is not", async () => {
  await using folder = new TestFolder();
  const name = Deno.build.os === "windows" ? "made.exe" : "made";
  await Deno.writeTextFile(folder.file(name), "");
  const path = [folder.file("absent"), folder.path].join(delimiter);
  assertEquals([await isOnPath("made", path), await isOnPath("other", path)], [true, false]);
});

Deno.test("findNeeds() says of each need what was found, and of the long tests' only where they run", async () => {
  const [fast, all] = [await findNeeds(false), await findNeeds(true)];
  assertEquals(all.map(({ need }) => need).toSorted(), Object.keys(NEEDS).filter((need) => need !== "long").toSorted());
  const long = ["own-kafka", "postgres", "chdb", "python-sdk", "flink", "jdk"];
  assertEquals(fast.filter(({ need }) => long.includes(need)), []);
  for (const { found, detail } of all) assert(detail !== "" && (found || !detail.startsWith("found")), detail);
});

Deno.test("installCommand() is one command for all that is missing, each package once, by the system's own manager", () => {
  const missing: readonly Need[] = ["kafka", "own-kafka", "zsh", "fish"];
  assertEquals(
    installCommand(missing, "linux"),
    "sudo apt-get install -y openjdk-17-jre-headless maven zsh fish",
  );
  assertEquals(installCommand(missing, "darwin"), "brew install openjdk@17 maven zsh fish");
  assertEquals(
    installCommand(["postgres", "chdb"], "linux"),
    "sudo apt-get install -y postgresql && pip install chdb==4.4.0",
  );
  assertEquals(installCommand(["python-sdk"], "darwin"), "pip install -r examples/python/requirements.txt");
  assertEquals(installCommand([], "linux"), null);
  assertEquals(installCommand(["long"], "linux"), null);
});
