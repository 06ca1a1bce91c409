/**
 * docs/troubleshooting.md, held against the alerts and against what the source logs. A message that a test names here
 * needs a heading of its own there, or its new words in the heading that it has.
 */
import { assert, assertEquals, assertFalse } from "@std/assert";
import { TROUBLE_KINDS } from "../src/telemetry/causes.ts";
import { STATES } from "../src/telemetry/page/words.ts";
import { UNREADY } from "../src/telemetry/readiness.ts";
import { yaml } from "./support/deploy.ts";
import { anchorsOf, readFile, sourceFiles } from "./support/documents.ts";
import { logMessages } from "./support/log_messages.ts";

const DOCUMENT = readFile("docs/troubleshooting.md");
const RUNBOOK = "https://HOST/OWNER/REPOSITORY/blob/main/docs/troubleshooting.md#";
/** What libraries say of certificates. */
const OF_OPENSSL = ["unable to verify the first certificate"];
/** How outages begin; what is logged while they last is among these sections. */
const OUTAGES = [
  "Kafka is unreachable; events are buffered",
  "Kafka refuses events; they are buffered",
  "The relay cannot be read; reconnecting",
  "The relay refuses the connection; reconnecting",
  "The cursor cannot be saved; events are delivered",
];
/** Messages that are put together elsewhere: the expression that logs them, and the headings that have them. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  "src/app/observe.ts {warning}": [
    "name a --cursor-file on a persistent volume or disk",
    "Ignoring variable",
    "Perhaps mistyped",
    "Without effect",
    "Less effective",
    "any account can create a collection, and so write to any topic of the cluster",
  ],
  "src/telemetry/outage.ts {this.#textOf(begins)}": OUTAGES,
  "src/telemetry/outage.ts {this.#textOf(this.#texts.lasts)}": OUTAGES,
};
/** What {@linkcode ELSEWHERE} has where the expression has its words in it. */
const CALLS: Readonly<Record<string, string>> = { "overridden(": "overrides it with" };

interface Section {
  readonly heading: string;
  readonly text: string;
}

/** The sections of the document's third level, by the heading of the second. */
function sections(): Map<string, Section[]> {
  return new Map(
    DOCUMENT.split(/^## /m).slice(1).map((part) => {
      const [title = "", ...rest] = part.split("\n");
      const found = rest.join("\n").split(/^### /m).slice(1).map((section) => {
        const [heading = "", ...lines] = section.split("\n");
        return { heading: heading.replaceAll("`", ""), text: lines.join("\n") };
      });
      return [title, found];
    }),
  );
}

/** The headings of messages. */
function messageHeadings(): string[] {
  return [...sections()].flatMap(([title, found]) => title === "Alerts" ? [] : found.map(({ heading }) => heading));
}

/** The headings that have a message; several where it is put together elsewhere. */
function headingsOf(path: string, text: string): string[] {
  const elsewhere = ELSEWHERE[`${path} ${text}`];
  if (elsewhere !== undefined) return [...elsewhere];
  const call = Object.entries(CALLS).find(([name]) => text.startsWith(`{${name}`))?.[1];
  return call === undefined ? messageHeadings().filter((heading) => text.includes(heading)) : [call];
}

Deno.test("docs/troubleshooting.md has a heading for each alert, and the alert leads there", async () => {
  const { groups } = await yaml<{
    readonly groups: readonly {
      readonly rules: readonly { readonly alert: string; readonly annotations: Readonly<Record<string, string>> }[];
    }[];
  }>("deploy/alerts.yaml");
  const rules = groups.flatMap(({ rules }) => rules);
  const anchors = anchorsOf(DOCUMENT);
  for (const { alert, annotations: { runbook_url: url = "" } } of rules) {
    assertEquals(url, `${RUNBOOK}${alert.toLowerCase()}`);
    assert(anchors.includes(url.slice(RUNBOOK.length)), url);
  }
  assertEquals(sections().get("Alerts")?.map(({ heading }) => heading), rules.map(({ alert }) => alert));
  assert(rules.length >= 14);
});

Deno.test("docs/troubleshooting.md has a heading for each warning and error of the log, and none for others", () => {
  const messages = sourceFiles("src/").flatMap(({ path, text }) => logMessages(path, text));
  assert(messages.length >= 40, `${messages.length}`);
  const used = new Set<string>();
  const missing: string[] = [];
  for (const { path, text } of messages) {
    const headings = headingsOf(path, text);
    if (headings.length === 0) missing.push(`${path}: ${text}`);
    for (const heading of headings) used.add(heading);
  }
  assertEquals(missing, []);
  assertEquals(messageHeadings().filter((heading) => !used.has(heading)), []);
});

Deno.test("docs/troubleshooting.md quotes messages from elsewhere, and errors, as the program says them", () => {
  const code = sourceFiles("src/").map(({ text }) => text).join("\n").replaceAll(/["`] \+\s+["`]/g, "");
  const errors = [...DOCUMENT.matchAll(/^\| `([^`]+)`/gm)].map(([, text = ""]) => text);
  assert(errors.length >= 7);
  for (const text of [...errors, ...Object.values(ELSEWHERE).flat(), ...Object.values(CALLS)]) {
    // The parts between what varies: a topic, a number of seconds.
    for (const part of text.split(/\s*(?:\.\.\.|…|\d+)\s*/).filter((each) => each !== "")) {
      assert(OF_OPENSSL.includes(part) || code.includes(part), `${JSON.stringify(part)} of ${JSON.stringify(text)}`);
    }
  }
});

Deno.test("docs/troubleshooting.md says of each alert and message what to do, and whether events are lost", () => {
  for (const { heading, text } of [...sections().values()].flat()) {
    assert(/^- Do: \S/m.test(text), heading);
    assert(/^- Lost: \S/m.test(text), heading);
    assertFalse(/\n\n\n/.test(text), heading);
  }
  const textOf = (alert: string) => sections().get("Alerts")?.find(({ heading }) => heading === alert)?.text ?? "";
  const retries = textOf("BlueskyFirehoseRetries");
  for (const kind of Object.keys(TROUBLE_KINDS)) assert(retries.includes(`\`${kind}\``), kind);
  const notReady = textOf("BlueskyFirehoseNotReady");
  for (const reason of Object.keys(UNREADY)) {
    const group = reason.replace(/^(upstream_|broker_).*/, "$1…");
    assert(notReady.includes(`\`${group}\``), reason);
  }
});

Deno.test("docs/troubleshooting.md has every state of the status line, and no other", () => {
  const table = DOCUMENT.split("\n## ").find((part) => part.startsWith("The log and the status line")) ?? "";
  const states = [...table.matchAll(/^\| `([A-Z]+(?: [A-Z]+)*)/gm)].map(([, state = ""]) => state);
  assertEquals(states.toSorted(), Object.keys(STATES).toSorted());
});

Deno.test("logMessages() finds messages wherever they stand, and resolves what they are put together of", () => {
  const source = `
    const what = \`no \${thing}\`;
    const message = "first: " + "second";
    log("warn", \`\${what} at all\`, { a: 1 });
    this.#log("error", isOne ? "one" : "other");
    limited("kind", RATE, isBad ? "warn" : "info", message);
    log("info", "not this");
    const note = { level: "error", text: what } as const;
    const level = isGone ? "error" : "warn";
    notes.push({ level, message });
    warnings.push("listed");
    log("warn", error.message);
  `;
  assertEquals(logMessages("x.ts", source).map(({ text }) => text).toSorted(), [
    "first: second",
    "first: second",
    "listed",
    "no …",
    "no … at all",
    "one",
    "other",
    "{error.message}",
  ]);
});
