/**
 * A stream into a file, and what stands in its files.
 *
 * @module
 */
import { eventsOfLines } from "./schemas.ts";

/** Flags of a stream into a file of a new folder, whose cursor file says this, or is not there. */
export async function flags(cursor: Readonly<Record<string, unknown>> | null, ...more: string[]) {
  const folder = await Deno.makeTempDir();
  if (cursor !== null) await Deno.writeTextFile(`${folder}/cursor.json`, JSON.stringify(cursor));
  const events = `${folder}/events.ndjson`;
  const text = () => {
    try {
      return Deno.readTextFileSync(events);
    } catch {
      return "";
    }
  };
  return {
    cursor: () => JSON.parse(Deno.readTextFileSync(`${folder}/cursor.json`)),
    events: () => eventsOfLines(wholeLines(text())),
    args: ["stream", "--output", events, "--cursor-file", `${folder}/cursor.json`, ...more],
  };
}

/** Text up to its last line break. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1);
}
