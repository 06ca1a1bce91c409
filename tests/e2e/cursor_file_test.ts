import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CursorFile } from "../../src/cursor/file.ts";
import { testNeeding } from "../support/needs.ts";
import { TestFolder } from "../support/folder.ts";
import { inherited, programCommand, RunningProgram } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";
import { readCursor } from "../support/stream.ts";
import { until } from "../support/wait.ts";

/** Ways to a mount namespace of one's own: for root, and for a user to whom the system gives user namespaces. */
const NAMESPACES = ["unshare --mount", "unshare --user --map-root-user --mount"];

async function shell(script: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", ...args],
    clearEnv: true,
    env: { ...inherited(), NO_COLOR: "1" },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

async function firstThatWorks(commands: readonly string[]): Promise<string | null> {
  for (const command of commands) {
    if ((await shell(`${command} sh -c 'mount -t tmpfs tmpfs /mnt && touch /mnt/a'`)).code === 0) return command;
  }
  return null;
}

const namespace = Deno.build.os === "linux" ? await firstThatWorks(NAMESPACES) : null;

/** Runs the program with mounts of its own, which `setup` makes; `$0` there is the test's folder. */
async function runMounted(folder: TestFolder, setup: string, args: readonly string[], through = "") {
  const script = `set -e\n${setup}\nexec ${through} "$@"`;
  return await shell(
    `script=$1; shift; exec ${namespace} sh -c "$script" "$@"`,
    script,
    folder.path,
    ...programCommand(args),
  );
}

function streamArgs(url: string, folder: TestFolder, cursorFile: string): string[] {
  return ["stream", "--firehose-url", url, "--output", folder.file("events.ndjson"), "--cursor-file", cursorFile]
    .concat(["--collections", "", "--max-events", "20", "--log-format", "text"]);
}

function checkArgs(url: string, cursorFile: string): string[] {
  return ["check", "--firehose-url", url, "--output", "-", "--cursor-file", cursorFile, "--json"];
}

/** What check says of the cursor. */
function cursorFinding(stdout: string): string {
  const { checks } = JSON.parse(stdout);
  const { status, detail } = checks.find(({ name }: { name: string }) => name === "cursor");
  return `${status}: ${detail}`;
}

const MOUNTED = 'mount --bind "$0/host.json" "$0/cursor.json"';
/** As in a container whose own file system is read-only. */
const READ_ONLY_BELOW = `mount -t tmpfs tmpfs "$0/ro"\ntouch "$0/ro/cursor.json"\nmount -o remount,ro "$0/ro"
mount --bind "$0/host.json" "$0/ro/cursor.json"`;

testNeeding(["mounts"], {
  name: "stream writes a cursor file in place that is mounted by itself, says so, and resumes from it",
  fn: async () => {
    for (const [setup, name] of [[MOUNTED, "cursor.json"], [READ_ONLY_BELOW, "ro/cursor.json"]] as const) {
      await using folder = new TestFolder();
      // It goes on while check looks for what is live.
      await using server = await simulated(1e6, 200);
      const host = new URL(server.url).host;
      await Deno.mkdir(folder.file("ro"));
      await Deno.writeTextFile(folder.file("host.json"), JSON.stringify({ cursor: 1000, host }));
      await Deno.writeTextFile(folder.file("cursor.json"), "");
      const args = streamArgs(server.url, folder, folder.file(name));
      let place = 1000;
      for (let run = 0; run < 3; run++) {
        const { code, stderr } = await runMounted(folder, setup, args);
        assertEquals(code, 0, stderr);
        assertStringIncludes(stderr, `${place} (cursor in the file `);
        assertMatch(stderr, /INFO .*cannot be replaced \([^\n]*\): it is written in place, in two checksummed halves/);
        assertEquals(stderr.includes("Cannot write"), false, stderr);
        const next = (await new CursorFile(folder.file("host.json")).load())?.seq ?? 0;
        assert(next > place, `${next}`);
        place = next;
      }
      const before = await Deno.readFile(folder.file("host.json"));
      const { code, stdout } = await runMounted(folder, setup, checkArgs(server.url, folder.file(name)));
      assertEquals(code, 0, stdout);
      assertMatch(cursorFinding(stdout), /^ok: .*stream writes it in place/);
      assertEquals(await Deno.readFile(folder.file("host.json")), before);
    }
  },
});

testNeeding(["mounts", "root"], {
  name: "stream writes another user's cursor file in a sticky folder in place",
  fn: async () => {
    await using folder = new TestFolder();
    await using server = await simulated(300);
    const path = folder.file("sticky/cursor.json");
    await Deno.mkdir(folder.file("sticky"));
    await Deno.writeTextFile(path, JSON.stringify({ cursor: 1000, host: new URL(server.url).host }));
    const setup = 'chmod 1777 "$0/sticky"; chown 1001 "$0/sticky"; chmod 666 "$0/sticky/cursor.json"\n' +
      'chown 1002 "$0/sticky/cursor.json"';
    // Root without its powers is any user, and may still read the test's modules.
    const through = "setpriv --no-new-privs --bounding-set=-all --inh-caps=-all";
    const { code, stderr } = await runMounted(folder, setup, streamArgs(server.url, folder, path), through);
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /cannot be replaced \(Operation not permitted[^\n]*\): it is written in place/);
    const seq = (await new CursorFile(path).load())?.seq ?? 0;
    assert(seq > 1000, `${seq}`);
    assertEquals((await Deno.stat(path)).uid, 1002);
  },
});

testNeeding(["mounts", "root"], {
  name: "stream follows no link that another user made in a folder for everybody",
  fn: async () => {
    await using folder = new TestFolder();
    await using server = await simulated(50);
    await Deno.writeTextFile(folder.file("precious"), "precious");
    await Deno.mkdir(folder.file("sticky"));
    await folder.link("sticky/cursor.json", folder.file("precious"));
    const setup = 'chmod 1777 "$0/sticky"; chown -h 1002 "$0/sticky/cursor.json"';
    const args = streamArgs(server.url, folder, folder.file("sticky/cursor.json"));
    const { code, stderr } = await runMounted(folder, setup, [...args, "--cursor", "oldest"]);
    assertEquals([code, server.connections], [1, 0], stderr);
    assertStringIncludes(stderr, "is a symbolic link that another user made");
    assertEquals(await Deno.readTextFile(folder.file("precious")), "precious");
  },
});

testNeeding(["mounts"], {
  name: "stream fails at start where the cursor file is on a full or read-only file system, and reads nothing",
  fn: async () => {
    const mount = 'mount -t tmpfs -o size=64k tmpfs "$0/v"\n';
    for (
      const [setup, reason, advice, seen] of [
        // To fill it is to be refused in the end.
        [
          `${mount} cp "$0/c" "$0/v/c"; cat /dev/zero > "$0/v/rest" 2> /dev/null || :`,
          "No space left",
          "free space",
          false,
        ],
        [`${mount} cat /dev/zero > "$0/v/rest" 2> /dev/null || :`, "No space left", "free space", false],
        [`${mount} cp "$0/c" "$0/v/c"; mount -o remount,ro "$0/v"`, "Read-only file system", "writable folder", true],
        [`${mount} mount -o remount,ro "$0/v"`, "Read-only file system", "writable folder", true],
      ] as const
    ) {
      await using folder = new TestFolder();
      await using server = await simulated(50);
      await Deno.mkdir(folder.file("v"));
      await Deno.writeTextFile(folder.file("c"), JSON.stringify({ cursor: 1000, host: new URL(server.url).host }));
      const { code, stderr } = await runMounted(folder, setup, streamArgs(server.url, folder, folder.file("v/c")));
      assertEquals([code, server.connections], [1, 0], stderr);
      for (const part of ["Cannot write the cursor file", folder.file("v/c"), reason, advice]) {
        assertStringIncludes(stderr, part);
      }
      const checked = await runMounted(folder, setup, checkArgs(server.url, folder.file("v/c")));
      assertEquals(checked.code, seen ? 1 : 0, checked.stdout);
      if (seen) {
        assertMatch(cursorFinding(checked.stdout), /^failed: .*Cannot write the cursor file .*Read-only file system/);
      }
    }
  },
});

testNeeding(["mounts", "root"], {
  name: "stream and check fail where the cursor file is immutable, and say what it may be",
  fn: async () => {
    await using folder = new TestFolder();
    await using server = await simulated(50);
    await Deno.writeTextFile(folder.file("c"), JSON.stringify({ cursor: 1000, host: new URL(server.url).host }));
    const frozen = await shell('chattr +i "$1"', folder.file("c"));
    try {
      assertEquals(frozen.code, 0, `a file system with immutable files is needed: ${frozen.stderr}`);
      const { code, stderr } = await shell(
        'exec "$@"',
        ...programCommand(streamArgs(server.url, folder, folder.file("c"))),
      );
      assertEquals([code, server.connections], [1, 0], stderr);
      assertMatch(stderr, /neither be replaced \(Operation not permitted.* nor be written in place [^]*-> .*immutable/);
      const checked = await shell('exec "$@"', ...programCommand(checkArgs(server.url, folder.file("c"))));
      assertEquals(checked.code, 1, checked.stdout);
      assertMatch(cursorFinding(checked.stdout), /^failed: .*Operation not permitted/);
    } finally {
      await shell('chattr -i "$1"', folder.file("c"));
    }
  },
});

Deno.test("a second stream on one cursor file learns who has it, and takes over what a killed one left", async () => {
  await using folder = new TestFolder();
  await using server = await simulated(300);
  const cursorFile = folder.file("c");
  const args = ["stream", "--firehose-url", server.url, "--output", folder.file("o"), "--cursor-file", cursorFile]
    .concat(["--collections", "", "--log-format", "json", "--cursor", "oldest"]);
  await using first = new RunningProgram(args);
  await until("the first one's cursor", () => first.stderr.includes("Started") && readCursor(cursorFile) > 0);
  const { pid } = JSON.parse(await Deno.readTextFile(`${cursorFile}.lock`));
  const second = await new RunningProgram(args).ended();
  assertEquals(second.code, 1, second.stderr);
  assertMatch(second.stderr, new RegExp(`in use by pid ${pid} on .* since 20[^]*-> .*--cursor-file`));
  first.kill("SIGKILL");
  await first.ended();
  await Deno.stat(`${cursorFile}.lock`);
  await using third = new RunningProgram(args);
  await third.stop();
  // The kill may have hit a save, whose file a later start removes.
  const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name).filter((name) => !name.endsWith(".tmp"));
  assertEquals(left.toSorted(), ["c", "o"]);
});

Deno.test({
  name: "stream and check refuse a named pipe as cursor file instead of waiting for it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = new TestFolder();
    await using server = await simulated(50);
    await shell('mkfifo "$1"', folder.file("pipe"));
    for (
      const args of [streamArgs(server.url, folder, folder.file("pipe")), checkArgs(server.url, folder.file("pipe"))]
    ) {
      const { code, stdout, stderr } = await shell('exec "$@"', ...programCommand(args));
      assertEquals(code, 1, stderr);
      assertStringIncludes(stdout + stderr, "it is a named pipe, expected a file");
    }
  },
});
