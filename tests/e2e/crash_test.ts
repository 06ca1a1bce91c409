import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { inherited, programCommand } from "../support/program.ts";
import { until } from "../support/wait.ts";

const SECRETS = { password: "canary-of-the-password", key: "canarycanarycanarycanarycanarycanarycanaryc=" } as const;

/** What breaks the program from within, and what it tells then. */
const BREAKS = {
  "an error that nobody catches": { code: `throw new TypeError("broken")`, told: "TypeError: broken" },
  "a heap that is full": {
    code: "const hoard = []; for (;;) hoard.push(new Array(1000).fill(hoard.length));",
    told: "out of memory",
  },
} as const;

/** Settings with a secret each: in a variable, and in a file. */
function settings(folder: string): Readonly<Record<string, string>>[] {
  const kafka = { KAFKA_TOPIC: "t", LOG_LEVEL: "debug" };
  const hubs = `Endpoint=sb://127.0.0.1:1/;SharedAccessKeyName=me;SharedAccessKey=${SECRETS.key}`;
  Deno.writeTextFileSync(join(folder, "password"), SECRETS.password);
  return [
    { ...kafka, CONNECTION_STRING: hubs },
    {
      ...kafka,
      KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1",
      SASL_USERNAME: "me",
      SASL_PASSWORD_FILE: join(folder, "password"),
    },
  ];
}

Deno.test("a program that crashes tells no secret, on its way down or by its title, and leaves no file with one", async () => {
  for (const [name, { code, told }] of Object.entries(BREAKS)) {
    const secrets = await Deno.makeTempDir();
    for (const env of settings(secrets)) {
      const folder = await Deno.makeTempDir();
      const now = join(folder, "now");
      const preload = join(secrets, "preload.js");
      // Nobody else may read the title, of which only Linux has a file.
      const title =
        `if (Deno.build.os === "linux") Deno.writeTextFileSync("title", Deno.readTextFileSync("/proc/self/cmdline"))`;
      const body = `try { Deno.statSync(${JSON.stringify(now)}); } catch { return; } ${title}; ${code}`;
      await Deno.writeTextFile(preload, `Deno.unrefTimer(setInterval(() => { ${body} }, 20));`);
      const [deno, run, ...args] = programCommand(["stream", "--cursor-file", join(folder, "cursor")]);
      const process = new Deno.Command(deno, {
        args: [run ?? "", `--preload=${preload}`, "--v8-flags=--max-heap-size=60", ...args],
        env: { ...inherited(), TMPDIR: folder, ...env },
        clearEnv: true,
        cwd: folder,
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      let stderr = "";
      const gathered = (async () => {
        for await (const text of process.stderr.pipeThrough(new TextDecoderStream() as never)) stderr += text;
      })();
      await until("Kafka to be missed", () => stderr.includes("Kafka is unreachable")).catch((error) => {
        process.kill("SIGKILL");
        throw error;
      });
      await Deno.writeTextFile(now, "");
      const { success } = await process.status;
      await gathered;
      assertEquals(success, false, name);
      assertStringIncludes(stderr, told, name);
      const left = [...Deno.readDirSync(folder)].map((entry) => Deno.readTextFileSync(join(folder, entry.name)));
      if (Deno.build.os === "linux") assert(left.some((text) => text.includes("main.ts")), "no title");
      for (const secret of Object.values(SECRETS)) {
        assert(![stderr, ...left].some((text) => text.includes(secret)), `${name}: ${stderr}`);
      }
    }
  }
});
