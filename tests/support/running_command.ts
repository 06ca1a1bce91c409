/**
 * A command within the test's own process.
 *
 * @module
 */
import type { Context } from "../../src/cli/context.ts";
import type { Exit } from "../../src/cli/exit.ts";
import { main } from "../../src/cli/main.ts";

/** A command that runs. */
export class RunningCommand implements AsyncDisposable {
  readonly #stop = new AbortController();
  /** The outcome of the command. */
  readonly exit: Promise<Exit>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], env: Context["env"] = {}) {
    this.exit = main(args, {
      signal: this.#stop.signal,
      env,
      writeOut: (text) => this.stdout += text,
      writeErr: (text) => this.stderr += text,
      terminal: false,
      columns: () => 100,
    });
  }

  /** As SIGTERM does. */
  stop(): Promise<Exit> {
    this.#stop.abort();
    return this.exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
