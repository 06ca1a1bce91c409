import { assert, assertEquals, assertMatch } from "@std/assert";
import project from "../deno.json" with { type: "json" };
import { USER_AGENT, VERSION } from "../src/version.ts";

Deno.test("VERSION is that of deno.json, and the newest entry of CHANGELOG.md", async () => {
  assertEquals(VERSION, project.version);
  const changelog = await Deno.readTextFile(new URL("../CHANGELOG.md", import.meta.url));
  assertEquals(/^## (\S+)/m.exec(changelog)?.[1], VERSION);
});

Deno.test("CHANGELOG.md says in each upgrade note what changed, whom that affects and what to do", async () => {
  const changelog = await Deno.readTextFile(new URL("../CHANGELOG.md", import.meta.url));
  const [, notes = ""] = /^### Upgrade notes\n([^]*?)\n### /m.exec(changelog) ?? [];
  const each = notes.split(/^- (?=\*\*)/m).slice(1).map((note) => note.replace(/\s+/g, " "));
  assert(each.length > 20, `${each.length} notes`);
  for (const note of each) assertMatch(note, /^\*\*.+\*\*.* .+ _Affects_ .+\. _Do_ .+\./);
});

Deno.test("install.sh and the deployments name this version", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(`../${path}`, import.meta.url));
  assert((await read("install.sh")).includes(`a release such as ${VERSION};`));
  for (const name of ["base", "exactly-once"]) {
    assertMatch(await read(`deploy/kubernetes/${name}/kustomization.yaml`), new RegExp(`newTag: "${VERSION}"`));
  }
});

Deno.test("USER_AGENT is one product token with the version", () => {
  assertMatch(USER_AGENT, /^bluesky_firehose\/\d+\.\d+\.\d+$/);
});
