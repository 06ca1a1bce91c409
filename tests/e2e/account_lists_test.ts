/**
 * Files of `--dids` and `--exclude-dids`: what docs/filters.md promises of them.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TestFolder } from "../support/folder.ts";
import { commitMessage } from "../support/messages.ts";
import { testNeeding } from "../support/needs.ts";
import { programCommand, RunningProgram, runProgram } from "../support/program.ts";
import { TimedHost } from "../support/timed_host.ts";
import { until } from "../support/wait.ts";

const [ANNA, BERT] = ["did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "did:web:bert.example"];
const LIKE = "app.bsky.feed.like";
const IS_UNIX = Deno.build.os !== "windows";

/** A relay, and a file of accounts that a program streams. */
class Listed implements AsyncDisposable {
  readonly folder = new TestFolder();
  readonly host = new TimedHost([]);
  readonly list = this.folder.file("dids.txt");
  readonly #events = this.folder.file("events.ndjson");
  #seq = 0;

  get args(): string[] {
    return ["stream", "--firehose-url", this.host.url, "--output", this.#events, "--dids", `@${this.list}`]
      .concat(["--cursor-file", this.folder.file("cursor.json"), "--log-format", "json"]);
  }

  /** A like of each of the two; resolves with whose became an event, once the cursor is past them. */
  async wanted(program: RunningProgram): Promise<string[]> {
    const from = this.#lines().length;
    for (const repo of [ANNA, BERT]) {
      const seq = ++this.#seq;
      const bytes = await commitMessage([{ path: `${LIKE}/n${seq}`, record: { seq } }], { seq, repo });
      this.host.add({ seq, bytes });
    }
    await until("the cursor", () => {
      if (program.code !== null) throw new Error(program.stderr);
      return this.#cursor() === this.#seq;
    });
    return this.#lines().slice(from).map((line) => JSON.parse(line).data.did);
  }

  #lines(): string[] {
    try {
      return Deno.readTextFileSync(this.#events).split("\n").slice(0, -1);
    } catch {
      return [];
    }
  }

  #cursor(): number {
    try {
      return JSON.parse(Deno.readTextFileSync(this.folder.file("cursor.json"))).cursor;
    } catch {
      return 0;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

Deno.test("stream and check fail at start where a line of a list of accounts is no DID, and name file and line", async () => {
  await using listed = new Listed();
  await Deno.writeTextFile(listed.list, `${ANNA}\nbert.example\n`);
  const [stream, check] = await Promise.all([
    runProgram(listed.args),
    // Where nobody answers.
    runProgram(["check", "--firehose-url", "ws://127.0.0.1:9", "--output", "-", "--dids", `@${listed.list}`]),
  ]);
  assertEquals([stream.code, check.code, listed.host.relay.dials.length], [1, 1, 0], stream.stderr + check.stdout);
  for (const told of [stream.stderr, check.stdout + check.stderr]) {
    assertStringIncludes(
      told.replaceAll("\\", ""),
      `Cannot use the file of --dids "${listed.list}": line 2, "bert.example"`,
    );
  }
});

Deno.test({
  name:
    "stream reads a list of accounts again when it changes and on SIGHUP, and keeps the one before where that is bad",
  ignore: !IS_UNIX,
  fn: async () => {
    await using listed = new Listed();
    await Deno.writeTextFile(listed.list, ANNA);
    await using program = new RunningProgram(listed.args);
    const told = (text: string) => program.stderr.split(text).length - 1;
    await until("the connection", () => listed.host.relay.sockets.size === 1);
    assertEquals(await listed.wanted(program), [ANNA]);
    await Deno.writeTextFile(listed.list, `${ANNA}\nbert.example\n`);
    await until("a warning", () => told("cannot be reloaded") === 1);
    assertMatch(program.stderr, /"level":"warn"[^\n]*the previous one stays[^\n]*line 2/i);
    assertEquals(await listed.wanted(program), [ANNA]);
    await Deno.writeTextFile(listed.list, BERT);
    await until("the new list", () => told("was reloaded") === 1);
    assertEquals(await listed.wanted(program), [BERT]);
    program.kill("SIGHUP");
    await until("the same list", () => told("was reloaded") === 2);
    assertEquals(await listed.wanted(program), [BERT]);
    await program.stop();
  },
});

/** Runs a program on a terminal of its own with its log in a file, closes the terminal, and prints how it ended. */
const CLOSING = `import os, pty, signal, sys, time
log = sys.argv[1]
child, terminal = pty.fork()
if child == 0:
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT), 2)
    os.execv(sys.argv[2], sys.argv[2:])
while b'"Started"' not in open(log, "rb").read():
    time.sleep(0.05)
os.close(terminal)
ended = status = 0
for _ in range(600):
    ended, status = os.waitpid(child, os.WNOHANG)
    if ended:
        break
    time.sleep(0.1)
if not ended:
    os.kill(child, signal.SIGKILL)
    sys.exit("it goes on without its terminal")
print(signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
`;

testNeeding(["python3"], {
  name: "stream ends when the terminal that it was started on closes, also where its log is a file",
  ignore: !IS_UNIX,
  fn: async () => {
    await using listed = new Listed();
    await Deno.writeTextFile(listed.list, ANNA);
    await Deno.writeTextFile(listed.folder.file("closing.py"), CLOSING);
    const log = listed.folder.file("log");
    await Deno.writeTextFile(log, "");
    const { stdout, stderr } = await new Deno.Command("python3", {
      args: [listed.folder.file("closing.py"), log, ...programCommand(listed.args)],
    }).output();
    assertEquals(new TextDecoder().decode(stdout).trim(), "SIGHUP", new TextDecoder().decode(stderr));
  },
});
