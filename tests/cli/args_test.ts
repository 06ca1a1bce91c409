import { assertEquals } from "@std/assert";
import { parseArgs } from "../../src/cli/args.ts";
import { OPTIONS } from "../../src/config/config.ts";
import type { OptionSpec } from "../../src/config/option.ts";

const NOTHING = { flags: {}, positionals: [], help: false, version: false, errors: [] };

Deno.test("parseArgs() finds nothing when there are no arguments", () => {
  assertEquals(parseArgs([], OPTIONS), NOTHING);
});

Deno.test("parseArgs() takes every flag with an equals sign and with a space", () => {
  let count = 0;
  for (const [name, spec] of Object.entries<OptionSpec>(OPTIONS)) {
    const text = spec.implicitValue === undefined ? "a=b c" : "false";
    assertEquals(parseArgs([`--${spec.flag}=${text}`], OPTIONS), { ...NOTHING, flags: { [name]: text } });
    assertEquals(parseArgs([`--${spec.flag}`, text], OPTIONS), { ...NOTHING, flags: { [name]: text } });
    count++;
  }
  assertEquals(count, Object.keys(OPTIONS).length);
});

Deno.test("parseArgs() takes a value that begins with a hyphen", () => {
  for (
    const [argv, flags] of [
      [["--output", "-"], { output: "-" }],
      [["--output=-"], { output: "-" }],
      [["--max-events", "-5"], { maxEvents: "-5" }],
      [["--topic-replication", "-1"], { topicReplication: "-1" }],
      [["--sasl-password", "-canary"], { saslPassword: "-canary" }],
      [["--sasl-password", "--canary=1"], { saslPassword: "--canary=1" }],
      [["--sasl-password=--log-level"], { saslPassword: "--log-level" }],
    ] as const
  ) {
    assertEquals(parseArgs(argv, OPTIONS), { ...NOTHING, flags });
  }
});

Deno.test("parseArgs() takes a value as text when it looks like a number, a boolean or several lines", () => {
  for (const text of ["007", "1e3", "true", "a\nb", "'", "="]) {
    assertEquals(parseArgs(["--kafka-topic", text], OPTIONS).flags, { kafkaTopic: text });
    assertEquals(parseArgs([`--kafka-topic=${text}`], OPTIONS).flags, { kafkaTopic: text });
  }
});

Deno.test("parseArgs() takes a flag alone when its option allows that", () => {
  for (
    const [argv, flags] of [
      [["--create-topic"], { createTopic: "true" }],
      [["--create-topic", "--output", "-"], { createTopic: "true", output: "-" }],
      [["--create-topic", "no", "--output", "-"], { createTopic: "no", output: "-" }],
      [["--create-topic=maybe"], { createTopic: "maybe" }],
      [["--compression"], { compression: "gzip" }],
      [["--compression", "--output", "-"], { compression: "gzip", output: "-" }],
      [["--compression", "lz4"], { compression: "lz4" }],
    ] as const
  ) {
    assertEquals(parseArgs(argv, OPTIONS), { ...NOTHING, flags });
  }
});

Deno.test("parseArgs() gives an empty text when the value of a flag is missing", () => {
  for (
    const argv of [
      ["--kafka-topic"],
      ["--kafka-topic="],
      ["--kafka-topic", ""],
      ["--kafka-topic", "--help"],
      ["--kafka-topic", " "],
    ]
  ) {
    assertEquals(parseArgs(argv, OPTIONS).flags, { kafkaTopic: "" }, argv.join(" "));
  }
  assertEquals(parseArgs(["--sasl-password", "--output", "-"], OPTIONS).flags, { saslPassword: "", output: "-" });
});

Deno.test("parseArgs() tells an empty list of collections, which means the six, from a missing one", () => {
  assertEquals(parseArgs(["--collections="], OPTIONS).flags, { collections: OPTIONS.collections.empty });
  assertEquals(parseArgs(["--collections", ""], OPTIONS).flags, { collections: OPTIONS.collections.empty });
  assertEquals(parseArgs(["--collections"], OPTIONS).flags, { collections: "" });
});

Deno.test("parseArgs() names the nearest flag when one is unknown", () => {
  for (
    const [argument, shown, meant] of [
      ["--kafak-topic", "--kafak-topic", "--kafka-topic"],
      ["--collection=x", "--collection", "--collections"],
      ["--KAFKA_TOPIC", "--KAFKA_TOPIC", "--kafka-topic"],
      ["--no-create-topic", "--no-create-topic", "--create-topic"],
      ["--hepl", "--hepl", "--help"],
      ["-output", "an argument that begins with a hyphen", "--output"],
    ] as const
  ) {
    assertEquals(parseArgs([argument], OPTIONS), {
      ...NOTHING,
      errors: [`Cannot use ${shown}: it is an unknown flag, ${meant} is the nearest known one`],
    });
  }
});

Deno.test("parseArgs() names no flag where none is near, and points to the help", () => {
  assertEquals(parseArgs(["--verbose"], OPTIONS).errors, [
    "Cannot use --verbose: it is an unknown flag, --help lists the known ones",
  ]);
});

Deno.test("parseArgs() says which commands have a flag, and what does the same here", () => {
  const owners = (flag: string) => flag === "count" || flag === "until-end" ? ["consume"] : [];
  const argv = ["--count", "3", "--until-end"];
  assertEquals(parseArgs(argv, OPTIONS, [], owners).errors, [
    "Cannot use --count: it is a flag of consume, --max-events does that here",
    "Cannot use --until-end: it is a flag of consume, this command has none like it",
  ]);
});

Deno.test("parseArgs() tells of a repeated flag and keeps its first value", () => {
  assertEquals(parseArgs(["--kafka-topic", "a", "--kafka-topic=b", "--kafka-topic"], OPTIONS), {
    ...NOTHING,
    flags: { kafkaTopic: "a" },
    errors: ["Cannot use --kafka-topic: it is given 3 times; expected once"],
  });
});

Deno.test("parseArgs() tells of arguments without a flag", () => {
  const tail = "without a flag (not shown); expected only flags, and quotes round a value with spaces";
  assertEquals(parseArgs(["stray"], OPTIONS).errors, [`Cannot use an argument ${tail}`]);
  assertEquals(parseArgs(["a", "--output", "-", "b", "--", "--kafka-topic"], OPTIONS), {
    ...NOTHING,
    flags: { output: "-" },
    errors: [`Cannot use 3 arguments ${tail}`],
  });
});

Deno.test("parseArgs() lets an operand in brackets be missing, and takes it if it is there", () => {
  assertEquals(parseArgs([], OPTIONS, ["[TYPE]"]).errors, []);
  assertEquals(parseArgs(["x"], OPTIONS, ["[TYPE]"]).positionals, ["x"]);
  assertEquals(parseArgs(["x", "y"], OPTIONS, ["[TYPE]"]).errors.length, 1);
});

Deno.test("parseArgs() gives a command its operands as text, and tells when there are too few or too many", () => {
  assertEquals(parseArgs(["007", "--output=-"], OPTIONS, ["FILE"]), {
    ...NOTHING,
    flags: { output: "-" },
    positionals: ["007"],
  });
  assertEquals(parseArgs(["-"], OPTIONS, ["FILE"]).positionals, ["-"]);
  assertEquals(parseArgs(["--", "--odd-name"], OPTIONS, ["FILE"]).positionals, ["--odd-name"]);
  assertEquals(parseArgs([], OPTIONS, ["FILE"]).errors, ["Cannot start without FILE: it is missing; expected one"]);
  assertEquals(parseArgs(["a", "b"], OPTIONS, ["FILE"]).errors, [
    "Cannot use an argument without a flag (not shown); expected FILE, and quotes round a value with spaces",
  ]);
});

Deno.test("parseArgs() knows --help, -h and --version among other flags", () => {
  assertEquals(parseArgs(["--help"], OPTIONS), { ...NOTHING, help: true });
  assertEquals(parseArgs(["--kafka-topic", "t", "-h"], OPTIONS), {
    ...NOTHING,
    help: true,
    flags: { kafkaTopic: "t" },
  });
  assertEquals(parseArgs(["--version"], OPTIONS), { ...NOTHING, version: true });
});

Deno.test("parseArgs() tells of several errors at once", () => {
  const { errors } = parseArgs(["--kafak-topic=x", "--output=-", "--output=-", "stray", "-x", "--oops"], OPTIONS);
  assertEquals(errors.length, 5);
});

Deno.test("parseArgs() repeats no value, wherever a secret stands", () => {
  const secret = "Endpoint=sb://canary/;SharedAccessKey=canary";
  let told = 0;
  for (
    const argv of [
      [`--sasl-pasword=canary`],
      ["--sasl-pasword", "canary"],
      ["--sasl-pasword", "-canary"],
      ["--sasl-pasword", "-c", "anary canary"],
      [`--conection-string=${secret}`],
      ["--conection-string", secret],
      [secret],
      [`--${secret}`],
      [`-${secret}`],
      ["--sasl-username", "my", "canary"],
      ["--sasl-password", "canary", "--sasl-password", "canary2"],
      ["--sasl-password=canary", "--sasl-password=canary", "canary"],
      ["--", "canary"],
      ["--create-topic", "canary"],
      ["-pcanary"],
    ]
  ) {
    const { errors } = parseArgs(argv, OPTIONS);
    assertEquals(errors.length > 0, true, argv.join(" "));
    assertEquals(/canary|anary/.test(errors.join("\n")), false, errors.join("\n"));
    told += errors.length;
  }
  assertEquals(told >= 15, true);
});

Deno.test("parseArgs() never throws, whatever the arguments, and leaves no trace in objects", () => {
  const pieces = [
    "--",
    "-",
    "=",
    "_",
    "__proto__",
    "constructor",
    ".",
    "kafka-topic",
    "help",
    "x",
    "1",
    " ",
    "no-",
    "é",
  ];
  let state = 1;
  const next = (bound: number) => (state = (state * 48271) % 2147483647) % bound;
  let answered = 0;
  for (let round = 0; round < 3000; round++) {
    const argv = Array.from(
      { length: next(5) },
      () => Array.from({ length: 1 + next(4) }, () => pieces[next(pieces.length)]).join(""),
    );
    const { flags, errors } = parseArgs(argv, OPTIONS);
    for (const name of Object.keys(flags)) assertEquals(name in OPTIONS, true);
    if (errors.length === 0) answered++;
  }
  assertEquals(answered > 300, true, `${answered} rounds were without error`);
  assertEquals(Object.keys(Object.prototype), []);
});

Deno.test("parseArgs() reads any table: a command's own options", () => {
  const seed: OptionSpec = {
    group: "Operation",
    flag: "seed",
    env: [],
    placeholder: "N",
    read: OPTIONS.maxEvents.read,
    default: "1",
    doc: "Seed of all that is made up",
  };
  assertEquals(parseArgs(["--seed", "7"], { seed }), { ...NOTHING, flags: { seed: "7" } });
  assertEquals(parseArgs(["--kafka-topic=t"], { seed }).errors.length, 1);
});

Deno.test("parseArgs() takes -h and -V for --help and --version, and for the value of a flag that needs one", () => {
  assertEquals(parseArgs(["-V"], OPTIONS).version, true);
  assertEquals(parseArgs(["--create-topic", "-V"], OPTIONS).version, true);
  const { flags, version, help } = parseArgs(["--sasl-password", "-V", "--kafka-topic", "-h"], OPTIONS);
  assertEquals([flags, version, help], [{ saslPassword: "-V", kafkaTopic: "-h" }, false, false]);
});
