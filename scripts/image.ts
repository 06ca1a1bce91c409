/**
 * Proves what the image holds, without a container engine: `deno task image BINARY`. The root file system of the
 * Dockerfile's final stage is laid out from Debian's packages of what distroless has, nothing else. The program runs in
 * it as the image's user, by chroot, as process 1, with the root read-only, and streams into a real Kafka.
 *
 * It needs root on Debian 12, the release that the image is made of; elsewhere it says why it is not run, and with
 * CI=true that is a failure.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { join } from "node:path";
import { layOutRoot } from "./image_root.ts";
import { type FinalStage, finalStage } from "./dockerfile.ts";
import { NoBrokerError, startBroker } from "./kafka.ts";
import { run } from "./kafka_jars.ts";
import { calmRequestQueues } from "../src/kafka/client/kafkajs_internals.ts";

const TOPIC = "image";
const EVENTS = 2000;
const PATIENCE_MS = 60_000;

/** Why it cannot run here, or null. */
async function obstacle(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "it needs Linux";
  if (Deno.uid() !== 0) return "it needs root, for chroot and mounts";
  const release = await Deno.readTextFile("/etc/os-release").catch(() => "");
  if (!/^ID=debian$/m.test(release) || !/^VERSION_ID="12"$/m.test(release)) return "it needs the packages of Debian 12";
  const ran = await run("unshare", ["--mount", "--pid", "--fork", "true"]);
  return ran?.success ? null : "it needs permission for namespaces of its own (unshare)";
}

/** The program in the image shares this machine's network, so another one on its port would be asked instead. */
function assertFree(port: number): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(`Port ${port} is in use; stop what listens there: the program in the image needs it`);
  }
}

/** A program in the image. */
interface Contained extends AsyncDisposable {
  /** Its process id as this side sees it; rejects when it ended before. */
  readonly pid: () => Promise<number>;
  readonly stderr: () => string;
  readonly ended: Promise<number>;
}

/** Starts the image's entry point with these arguments. */
function start(
  root: string,
  stage: FinalStage,
  data: string,
  args: readonly string[],
  env: Record<string, string>,
): Contained {
  const [volume = "/data"] = stage.volumes;
  const mounts = [
    `mount --bind "${root}" "${root}"`,
    `mount -t proc proc "${root}/proc"`,
    `mount --rbind /dev "${root}/dev"`,
    `mount --bind "${data}" "${root}${volume}"`,
    `mount -o remount,bind,ro "${root}"`,
  ].join(" && ");
  const variables = Object.entries({ ...stage.env, ...env }).map(([name, text]) => `${name}=${text}`);
  const command = [
    "env",
    "-i",
    ...variables,
    "/usr/sbin/chroot",
    `--userspec=${stage.user}`,
    root,
    ...stage.entrypoint,
  ];
  const process = new Deno.Command("unshare", {
    args: [
      "--mount",
      "--pid",
      "--fork",
      "--kill-child",
      "sh",
      "-c",
      `${mounts} && exec "$@"`,
      "sh",
      ...command,
      ...args,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let stderr = "";
  const gathered = (async () => {
    for await (const text of process.stderr.pipeThrough(new TextDecoderStream() as never)) stderr += String(text);
  })();
  const ended = process.status.then(async ({ code }) => {
    await gathered;
    return code;
  });
  return {
    ended,
    stderr: () => stderr,
    pid: async () =>
      Number((await Deno.readTextFile(`/proc/${process.pid}/task/${process.pid}/children`)).trim().split(" ")[0]),
    async [Symbol.asyncDispose]() {
      try {
        process.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
      await ended;
    },
  };
}

async function runToEnd(started: Contained): Promise<{ readonly code: number; readonly stderr: string }> {
  await using contained = started;
  const code = await contained.ended;
  return { code, stderr: contained.stderr() };
}

function prove(holds: boolean, what: string, otherwise = ""): void {
  if (!holds) throw new Error(`Not so: ${what}\n${otherwise}`);
  Deno.stdout.writeSync(new TextEncoder().encode(`ok: ${what}\n`));
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ${PATIENCE_MS} ms: ${what}`);
    await after(250);
  }
}

async function recordsIn(bootstrapServers: string): Promise<number> {
  // Else KafkaJS makes Deno warn of negative times between what is proven.
  calmRequestQueues();
  const admin = new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(TOPIC);
  await admin.disconnect();
  return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
}

async function check(binary: string): Promise<void> {
  const stage = finalStage(await Deno.readTextFile(new URL("../Dockerfile", import.meta.url)));
  const folder = await Deno.makeTempDir({ prefix: "bluesky_firehose_image_" });
  const data = join(folder, "data");
  const root = join(folder, "root");
  let simulator: Deno.ChildProcess | null = null;
  try {
    const { packages, programs } = await layOutRoot(root, stage, binary);
    prove(
      programs.length === 1,
      `the only program is ${stage.entrypoint[0]}, on ${packages.join(", ")}`,
      programs.join("\n"),
    );
    const [uid = 0, gid = 0] = stage.user.split(":").map(Number);
    await Deno.mkdir(data);
    await Deno.chown(data, uid, gid);

    const version = await runToEnd(start(root, stage, data, ["--version"], {}));
    prove(version.code === 0, "it starts", version.stderr);
    const refused = await runToEnd(start(root, stage, data, ["record", "/frames", "--max-frames", "1"], {}));
    prove(refused.code === 1 && /read-only/i.test(refused.stderr), "the root is read-only", refused.stderr);
    assertFree(Number(stage.env["METRICS_PORT"]));
    const health = await runToEnd(start(root, stage, data, stage.health.slice(1), {}));
    prove(
      health.code === 1 && health.stderr.includes(`:${stage.env["METRICS_PORT"]}/livez`),
      "the health check asks the port of the image, and fails where nothing runs",
      health.stderr,
    );

    await using broker = await startBroker({ properties: [], port: 0 });
    simulator = new Deno.Command(binary, {
      args: ["simulate", "--port", "0", "--rate", "2000"],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = simulator.stdout.getReader();
    const url = new TextDecoder().decode((await reader.read()).value).trim();
    const env = {
      BLUESKY_FIREHOSE_URL: url,
      BLUESKY_COLLECTIONS: "*",
      KAFKA_BOOTSTRAP_SERVERS: broker.bootstrapServers,
      KAFKA_TOPIC: TOPIC,
      KAFKA_CREATE_TOPIC: "true",
    };
    const first = await runToEnd(
      start(root, stage, data, stage.command, { ...env, BLUESKY_MAX_EVENTS: String(EVENTS), BLUESKY_CURSOR: "oldest" }),
    );
    const found = await recordsIn(broker.bootstrapServers);
    prove(first.code === 0 && found === EVENTS, `${found} events are in Kafka, ${EVENTS} expected`, first.stderr);
    const cursorFile = join(data, (stage.env["BLUESKY_CURSOR_FILE"] ?? "").split("/").at(-1) ?? "");
    const saved = await Deno.stat(cursorFile);
    prove(saved.uid === uid, `the cursor is on the volume and belongs to ${saved.uid}`);

    await using second = start(root, stage, data, stage.command, env);
    await until("more events", async () => await recordsIn(broker.bootstrapServers) > EVENTS + 500);
    const pid = await second.pid();
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    const ids = ["Uid", "Gid"].map((name) => new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
    prove(ids.join(":") === stage.user, `it runs as ${ids.join(":")}`, status);
    prove(/^NSpid:\s+\d+\s+1$/m.test(status), "it is process 1", status);
    const alive = await runToEnd(start(root, stage, data, stage.health.slice(1), {}));
    prove(alive.code === 0, "the health check finds it alive", alive.stderr);
    Deno.kill(pid, "SIGTERM");
    const code = await second.ended;
    prove(code === 0 && second.stderr().includes('"Stopped"'), "it ends with 0 on SIGTERM", second.stderr());
    prove(/cursor/.test(await Deno.readTextFile(cursorFile)), "the cursor is saved");
  } finally {
    simulator?.kill("SIGKILL");
    await simulator?.status;
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const [binary] = Deno.args;
  const say = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
  const why = binary === undefined ? "no binary is named: deno task image BINARY" : await obstacle();
  if (binary === undefined || why !== null) {
    say(`The image is not checked: ${why}`);
    Deno.exit(Deno.env.get("CI") === "true" || binary === undefined ? 1 : 0);
  }
  try {
    await check(await Deno.realPath(binary));
  } catch (error) {
    say(`Error: ${error instanceof Error ? error.message : error}`);
    Deno.exitCode = error instanceof NoBrokerError && Deno.env.get("CI") !== "true" ? 0 : 1;
  }
  Deno.exit();
}
