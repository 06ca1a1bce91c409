/**
 * What `demo` says before anything else is loaded. This module imports nothing, so that the line is there at once.
 *
 * @module
 */

/** Events that `demo` delivers where its flags say nothing else. */
export const DEMO_EVENTS = 2000;

/** Any of these, and the events go to Kafka. */
const KAFKA_FLAGS = /^--(?:kafka-bootstrap-servers|connection-string)(?:-file)?(?:=|$)/;
const KAFKA_VARIABLES = [
  "KAFKA_BOOTSTRAP_SERVERS",
  "EVENTHUB_CONNECTION_STRING",
  "CONNECTION_STRING",
  "EVENTHUB_CONNECTION_STRING_FILE",
  "CONNECTION_STRING_FILE",
] as const;
/** The flags that ask for something else than a demo, or for nothing at all. */
const NO_DEMO = /^(?:--help|-h|--version)(?:=|$)/;

/**
 * The first line of a run with these arguments; null for every command but `demo`, and where it is plain that there
 * will be none. Errors are reported later, by the tables of options.
 *
 * @param variable Reads a variable of the environment.
 */
export function firstLine(argv: readonly string[], variable: (name: string) => string | undefined): string | null {
  const [command, ...flags] = argv;
  if (command !== "demo" || flags.some((flag) => NO_DEMO.test(flag))) return null;
  const given = valueOf(flags, "--events") ?? String(DEMO_EVENTS);
  const events = /^\d{1,7}$/.test(given) ? Number(given) : 0;
  if (events === 0) return null;
  const isKafka = flags.some((flag) => KAFKA_FLAGS.test(flag)) ||
    KAFKA_VARIABLES.some((name) => (variable(name) ?? "").trim() !== "");
  const isOn = (name: string) => flags.some((flag) => flag === name || flag === `${name}=true`);
  // Without a broker, what is watched goes nowhere unless it is to be kept.
  if (isOn("--watch")) {
    const to = isKafka ? "Kafka" : isOn("--keep") ? "file" : "nowhere";
    return `simulator -> producer -> ${to}, until it is stopped`;
  }
  return `simulator -> producer -> ${isKafka ? "Kafka" : "file"}, ${events.toLocaleString("en")} ${
    events === 1 ? "event" : "events"
  }`;
}

/** The value of a flag, as `--flag VALUE` or `--flag=VALUE`, the last where there are several. */
function valueOf(flags: readonly string[], name: string): string | null {
  const at = flags.findLastIndex((flag) => flag === name || flag.startsWith(`${name}=`));
  if (at < 0) return null;
  const flag = flags[at] ?? "";
  return flag === name ? flags[at + 1] ?? "" : flag.slice(name.length + 1);
}
