import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { openAccounts, readAccounts } from "../../src/app/accounts.ts";
import { TestFolder } from "../support/folder.ts";
import { resolved } from "../support/resolved.ts";
import { moved, until } from "../support/wait.ts";

const [ANNA, BERT] = ["did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "did:web:bert.example"];
const TO_LINES = { output: "-" };

/** A file of accounts, opened, and what is logged of it. */
async function opened(text: string, takesHangUp: boolean) {
  const folder = new TestFolder();
  const path = folder.file("dids.txt");
  await Deno.writeTextFile(path, text);
  const lines: string[] = [];
  const log = (level: string, message: string, fields: object = {}) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    moved();
  };
  const accounts = await openAccounts(resolved({ ...TO_LINES, dids: `@${path}` }), log, takesHangUp);
  const wants = (did: string) => accounts.filter?.wants(did);
  return {
    path,
    lines,
    wants,
    folder,
    async [Symbol.asyncDispose]() {
      accounts[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("readAccounts() reads lists from options and files, and wants all accounts where there is none", async () => {
  await using folder = new TestFolder();
  const path = folder.file("blocked");
  await Deno.writeTextFile(path, `# blocked\n${BERT}\n`);
  assertEquals(await readAccounts(resolved(TO_LINES)), null);
  const filter = await readAccounts(resolved({ ...TO_LINES, dids: `${ANNA},${BERT}`, excludeDids: `@${path}` }));
  assertEquals([filter?.wants(ANNA), filter?.wants(BERT), filter?.wants("did:web:c")], [true, false, false]);
});

Deno.test("readAccounts() names file, line and what is wrong; a list of nothing to exclude is none", async () => {
  await using folder = new TestFolder();
  const path = folder.file("dids.txt");
  const failure = async (option: string, text: string) => {
    await Deno.writeTextFile(path, text);
    const error = await assertRejects(() => readAccounts(resolved({ ...TO_LINES, [option]: `@${path}` })), Error);
    return error.message.replace(path, "PATH");
  };
  assertEquals(
    await failure("dids", `${ANNA}\nalice.bsky.social\nx\n`),
    'Cannot use the file of --dids "PATH": line 2, "alice.bsky.social": it is a handle, which its account can change; ' +
      "expected a DID, such as did:plc:z72i7hdynmk6r22z27h6tvur or did:web:example.com; 1 more such line",
  );
  const hostile = await failure("excludeDids", "\u001b[2J");
  assertMatch(hostile, /line 1, ".*": it is no DID/);
  assertEquals(hostile.includes("\u001b"), false);
  assertMatch(await failure("dids", "# none\n"), /names no DID/);
  await Deno.writeTextFile(path, "");
  assertEquals((await readAccounts(resolved({ ...TO_LINES, excludeDids: `@${path}` })))?.wants(ANNA), true);
  const missing = resolved({ ...TO_LINES, dids: `@${path}.none` });
  await assertRejects(() => readAccounts(missing), Error, "it does not exist");
});

Deno.test("openAccounts() reads a file again when it changes, and keeps the list before where it cannot be used", async () => {
  await using file = await opened(ANNA, false);
  const { path, lines, wants } = file;
  assertEquals([wants(ANNA), wants(BERT)], [true, false]);
  await Deno.writeTextFile(path, `${ANNA}\n${BERT}\n`);
  await until("the new list", () => wants(BERT) === true);
  await Deno.writeTextFile(path, `${ANNA}\nbert\n`);
  await until("a warning", () => lines.length === 2);
  assertEquals([wants(ANNA), wants(BERT)], [true, true]);
  await Deno.remove(path);
  await until("another", () => lines.length === 3);
  // As Kubernetes changes a mounted ConfigMap.
  await Deno.writeTextFile(file.folder.file("next"), BERT);
  await file.folder.link("dids.txt", file.folder.file("next"));
  await until("the last list", () => wants(ANNA) === false);
  assertEquals(wants(BERT), true);
  assertMatch(lines[0] ?? "", /^info An account list was reloaded .*"accounts":2/);
  assertMatch(lines[1] ?? "", /^warn An account list cannot be reloaded; .*line 2, .*bert/);
  assertMatch(lines[2] ?? "", /^warn .*it does not exist/);
});

Deno.test({
  name: "openAccounts() reads a file again on SIGHUP, though it looks the same",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using file = await opened(ANNA, true);
    const hangUp = new Deno.Command("sh", { args: ["-c", `kill -HUP ${Deno.pid}`] });
    assert((await hangUp.output()).success);
    await until("the list", () => file.lines.length === 1);
    assertMatch(file.lines[0] ?? "", /^info An account list was reloaded .*"accounts":1/);
  },
});
