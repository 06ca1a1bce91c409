/**
 * The program's name and version, as deno.json has it.
 *
 * @module
 */
import project from "../deno.json" with { type: "json" };

/** The program's name on the command line. */
export const PROGRAM = "bluesky_firehose";

/** The version, as in deno.json. */
export const VERSION: string = project.version;

/** How the program names itself to servers. */
export const USER_AGENT = `${PROGRAM}/${VERSION}`;
