/**
 * The program's name and version, as deno.json has it, and the command that prints them.
 *
 * @module
 */
import project from "../../deno.json" with { type: "json" };
import { type Command, tellMistakes } from "./command.ts";
import { PRINTING_EXITS } from "./exit.ts";

/** The program's name on the command line. */
export const PROGRAM = "bluesky_firehose";

/** The version, as in deno.json. */
export const VERSION: string = project.version;

/** How the program names itself to servers. */
export const USER_AGENT = `${PROGRAM}/${VERSION}`;

/** The `version` command. */
export const VERSION_COMMAND: Command = {
  name: "version",
  summary: "Print the version",
  options: {},
  operands: [],
  examples: [{ line: "version", does: "the version of this program" }],
  exits: PRINTING_EXITS,
  run({ mistakes }, context) {
    if (mistakes.length > 0) return Promise.resolve(tellMistakes(mistakes, [], context));
    context.writeOut(`${PROGRAM} ${VERSION}\n`);
    return Promise.resolve("ok");
  },
};
