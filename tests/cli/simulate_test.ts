import { assert, assertEquals } from "@std/assert";
import { encodeRecorded, readRecording, recordingHeader } from "../../src/upstream/recording.ts";
import { RunningCommand } from "../support/running_command.ts";
import { Consumer } from "../support/consumer.ts";
import { numbered } from "../support/relay.ts";
import { until } from "../support/wait.ts";

const START = "2026-01-01";

async function simulate(...args: string[]): Promise<{ command: RunningCommand; url: string }> {
  const command = new RunningCommand(["simulate", "--port", "0", "--start", START, ...args]);
  await Promise.race([until("the URL", () => command.stdout.includes("\n")), command.exit]);
  return { command, url: command.stdout.trim() };
}

async function messagesOf(path: string): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  for await (const { bytes } of readRecording(path)) messages.push(bytes);
  return messages;
}

Deno.test("simulate --replay serves what record took from simulate, byte for byte", async () => {
  const folder = await Deno.makeTempDir();
  const recordings: Uint8Array[][] = [];
  const world = ["--accounts", "3", "--frames", "60", "--rate", "max", "--seed", "9"];
  for (const round of [1, 2]) {
    const replay = ["--replay", `${folder}/1.rec`, "--rate", "recorded"];
    const { command, url } = await simulate(...(round === 2 ? replay : world));
    await using simulator = command;
    const path = `${folder}/${round}.rec`;
    const flags = ["--firehose-url", url, "--max-frames", "60", "--cursor", "oldest"];
    await using recorder = new RunningCommand(["record", path, ...flags]);
    assertEquals(await recorder.exit, "ok", recorder.stderr);
    recordings.push(await messagesOf(path));
    assertEquals(await simulator.stop(), "ok");
    assert(simulator.stderr.includes("Stopped: 60 messages to 1 connections"), simulator.stderr);
  }
  assertEquals(recordings[0]?.length, 60);
  assertEquals(recordings[1], recordings[0]);
});

Deno.test("simulate --replay serves plain recordings", async () => {
  const path = new URL("../golden/indigo_relay.bin", import.meta.url).pathname;
  const { command, url } = await simulate("--replay", path, "--rate", "max");
  await using _simulator = command;
  const messages = await messagesOf(path);
  await using consumer = new Consumer(url);
  await consumer.has(messages.length);
  assertEquals(consumer.messages, messages);
});

Deno.test("simulate makes prepared messages the same as others, with those that are too large in their turn", async () => {
  const seen: Uint8Array[][] = [];
  for (const prepare of ["0", "15"]) {
    const fault = ["--fault", "oversize-record@10", "--prepare", prepare];
    const { command, url } = await simulate("--accounts", "2", "--frames", "20", "--rate", "max", ...fault);
    await using _simulator = command;
    await using consumer = new Consumer(url);
    await consumer.has(20);
    seen.push(consumer.messages);
    const { seqs } = consumer;
    assertEquals(seqs, seqs.toSorted((a, b) => a - b));
  }
  assertEquals(seen[1], seen[0]);
  assertEquals(seen[0]?.map(({ length }, i) => length > 1_000_000 ? i : -1).filter((i) => i >= 0), [9, 19]);
});

Deno.test("simulate --mix serves what is listed, in its shares, after a profile of each account", async () => {
  const world = ["--accounts", "4", "--frames", "60", "--rate", "max", "--mix", "identity=1,delete=3"];
  const { command, url } = await simulate(...world);
  await using _simulator = command;
  await using consumer = new Consumer(url);
  await consumer.has(60);
  const kinds = consumer.frames.map(({ kind }) => kind);
  assertEquals(kinds.slice(0, 4), ["commit", "commit", "commit", "commit"]);
  const others = kinds.slice(4).filter((kind) => kind !== "commit").length;
  assert(others > 4 && others < 30, `${others} of 56`);
});

Deno.test("simulate says once that it cannot keep to a rate, and nothing where it can", async () => {
  const told = /^Cannot keep to --rate (\d+): makes [1-9]\d* messages per second; --prepare makes some in advance$/gm;
  const { command, url } = await simulate("--rate", "1000000", "--accounts", "2");
  await using fast = command;
  await using consumer = new Consumer(url);
  await until("the message", () => fast.stderr.match(told) !== null);
  await consumer.has(100);
  await fast.stop();
  assertEquals([...fast.stderr.matchAll(told)].map(([, rate]) => rate), ["1000000"]);
  const { command: slow, url: slowUrl } = await simulate("--rate", "0.001", "--accounts", "2");
  await using _slow = slow;
  await using other = new Consumer(slowUrl);
  await other.has(1);
  assertEquals(slow.stderr.match(told), null);
});

Deno.test("simulate gives messages the time at which they are made, unless a time is given", async () => {
  const beforeMs = Date.now();
  for (const [start, isNow] of [["now", true], ["2026-01-01T00:00:00Z", false]] as const) {
    const command = new RunningCommand(["simulate", "--port", "0", "--start", start, "--rate", "max", "--frames", "9"]);
    await using _simulator = command;
    await until("the URL", () => command.stdout.includes("\n"));
    await using consumer = new Consumer(command.stdout.trim());
    await consumer.has(9);
    for (const [i, frame] of consumer.frames.entries()) {
      if (frame.kind !== "commit") throw new Error(frame.kind);
      const timeMs = Date.parse(frame.time);
      assert(isNow ? timeMs >= beforeMs && timeMs <= Date.now() : timeMs === Date.UTC(2026, 0, 1) + i * 5, frame.time);
    }
  }
});

Deno.test("simulate --identity-port serves the documents of the accounts in its stream, and DNS", async () => {
  const world = ["--accounts", "8", "--frames", "20", "--rate", "max", "--identity-port", "0", "--fault", "forged@10"];
  const { command, url } = await simulate(...world, "--identity-trouble", "busy=0.5");
  await using _simulator = command;
  const [firehose = "", directory = "", dns = ""] = url.split("\n");
  assert(/^dns:\/\/127\.0\.0\.1:\d+$/.test(dns), url);
  await using consumer = new Consumer(firehose);
  await consumer.has(20);
  let documents = 0;
  for (const frame of consumer.frames.slice(0, 8)) {
    const did = frame.kind === "commit" ? frame.did : "";
    if (!did.startsWith("did:plc:")) continue;
    let response = await fetch(`${directory}/${did}`);
    for (let tries = 0; response.status === 429 && tries < 50; tries++) {
      await response.body?.cancel();
      response = await fetch(`${directory}/${did}`);
    }
    assertEquals((await response.json()).id, did);
    documents++;
  }
  assertEquals(documents, 7);
  const { statuses } = await (await fetch(`${directory}/_stats`)).json();
  assert(statuses["429"] > 0 && statuses["200"] === 7, JSON.stringify(statuses));
  const faults = await (await fetch(`${directory}/_faults`)).json();
  assertEquals(faults.map(({ seq, fault }: { seq: number; fault: string }) => [consumer.seqs.indexOf(seq), fault]), [
    [9, "forged"],
    [19, "forged"],
  ]);
});

Deno.test("simulate tells every error before it listens", async () => {
  const errors: [string[], string][] = [
    [["--fault", "garbge"], "a fault in it is unknown; expected NAME or NAME@N of clean-close, stall,"],
    [["--fault", "stall,garbage@0"], "NAME or NAME@N of clean-close, stall,"],
    [["--rate", "0"], "it is no rate"],
    [["--rate", "recorded"], "expected --replay FILE"],
    [["--replay", "x.rec", "--fault", "garbage,oversize-record"], "messages of a recording cannot be changed"],
    [["--replay", "x.rec", "--fault", "forged"], "--fault forged with --replay: the keys of a recording"],
    [["--fault", "garbage,key-rotated"], "the new key could not be looked up; expected --identity-port PORT with it"],
    [["--replay", "x.rec", "--mix", "network"], "the messages of a recording are fixed"],
    [["--mix", "deletes=3"], "Cannot use --mix"],
    [["--identity-trouble", "busy=0.5"], "expected --identity-port PORT with it"],
    [["--identity-port", "0", "--identity-trouble", "bsy=1"], "NAME=SHARE of busy, refuse,"],
    [["--replay", "x.rec", "--identity-port", "0"], "the keys of a recording's accounts"],
    [["--accounts", "0"], "it is below 1"],
    [["more"], "without a flag"],
  ];
  for (const [args, said] of errors) {
    const { command } = await simulate(...args);
    assertEquals([await command.exit, command.stdout], ["usage", ""]);
    assert(command.stderr.startsWith("Error: Cannot ") && command.stderr.includes(said), command.stderr);
  }
});

Deno.test("simulate says what is wrong with a recording: none there, an empty one, one without times", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeFile(`${folder}/empty`, recordingHeader());
  const golden = new URL("../golden/indigo_relay.bin", import.meta.url).pathname;
  const wrong: [string[], string][] = [
    [["--replay", `${folder}/none`], "there is no such file"],
    [["--replay", `${folder}/empty`], "it holds no message"],
    [["--replay", golden, "--rate", "recorded"], "it has no times of arrival"],
  ];
  for (const [args, said] of wrong) {
    const { command } = await simulate(...args);
    assertEquals([await command.exit, command.stdout], ["failed", ""]);
    assert(command.stderr.startsWith("Error: Cannot re") && command.stderr.includes(said), command.stderr);
  }
});

Deno.test("simulate ends with an error where a recording is damaged, and names the message", async () => {
  const path = await Deno.makeTempFile();
  const entries = [recordingHeader(), encodeRecorded(numbered(1), 1), encodeRecorded(numbered(2), 2).slice(0, -3)];
  await Deno.writeFile(path, new Uint8Array(entries.flatMap((part) => [...part])));
  const { command, url } = await simulate("--replay", path);
  await using _consumer = new Consumer(url);
  assertEquals(await command.exit, "failed");
  assert(command.stderr.includes(`Cannot read "${path}": message 1`), command.stderr);
});
