/**
 * `version`: prints the program's name and version.
 *
 * @module
 */
import { PROGRAM, VERSION } from "../version.ts";
import { type Command, reportErrors } from "./command.ts";
import { PRINTING_EXITS } from "./exit.ts";

/** The `version` command. */
export const VERSION_COMMAND: Command = {
  name: "version",
  summary: "Print the version",
  options: {},
  operands: [],
  examples: [{ line: "version", does: "the version of this program" }],
  exits: PRINTING_EXITS,
  run({ errors }, context) {
    if (errors.length > 0) return Promise.resolve(reportErrors(errors, [], context));
    context.writeOut(`${PROGRAM} ${VERSION}\n`);
    return Promise.resolve("ok");
  },
};
