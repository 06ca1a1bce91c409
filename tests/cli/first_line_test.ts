import { assertEquals } from "@std/assert";
import { DEMO } from "../../src/cli/demo.ts";
import { DEMO_EVENTS, firstLine } from "../../src/cli/first_line.ts";
import { KAFKA_OPTIONS } from "../../src/config/config.ts";

const NONE = () => undefined;

Deno.test("firstLine() says of a demo where its events go and how many there are", () => {
  const lines: readonly (readonly [string, readonly string[]])[] = [
    ["file, 2,000 events", []],
    ["file, 12 events", ["--events", "12"]],
    ["file, 1 event", ["--rate", "5", "--events=1", "--keep"]],
    ["Kafka, 2,000 events", ["--kafka-bootstrap-servers", "localhost:9092", "--kafka-topic", "t"]],
    ["Kafka, 2,000 events", ["--connection-string-file=secret"]],
    ["nowhere, until it is stopped", ["--watch"]],
    ["file, until it is stopped", ["--watch=true", "--keep"]],
    ["Kafka, until it is stopped", ["--watch", "--connection-string-file=secret"]],
    ["file, 2,000 events", ["--watch=false"]],
  ];
  for (const [end, flags] of lines) {
    assertEquals(firstLine(["demo", ...flags], NONE), `simulator -> producer -> ${end}`);
  }
  assertEquals(DEMO.options["events"]?.default, String(DEMO_EVENTS));
});

Deno.test("firstLine() looks at each variable by which Kafka is named", () => {
  const { kafkaBootstrapServers, connectionString, connectionStringFile } = KAFKA_OPTIONS;
  const names = [kafkaBootstrapServers, connectionString, connectionStringFile].flatMap(({ env }) => env);
  assertEquals(names.length > 3, true);
  for (const name of names) {
    assertEquals(
      firstLine(["demo"], (asked) => asked === name ? "x" : undefined),
      "simulator -> producer -> Kafka, 2,000 events",
      name,
    );
  }
  assertEquals(firstLine(["demo"], () => " "), "simulator -> producer -> file, 2,000 events");
});

Deno.test("firstLine() has nothing to say of other commands, of help, and of a number that is none", () => {
  for (
    const argv of [
      [],
      ["stream"],
      ["--help"],
      ["help", "demo"],
      ["demo", "--help"],
      ["demo", "-h"],
      [
        "demo",
        "--version",
      ],
      ["demo", "--events", "x"],
      ["demo", "--events"],
      ["demo", "--events=0"],
    ]
  ) {
    assertEquals(firstLine(argv, NONE), null, argv.join(" "));
  }
});
