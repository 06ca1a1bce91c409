/**
 * A command within the test's own process.
 *
 * @module
 */
import type { Exit } from "../../src/cli/exit.ts";
import { main } from "../../src/cli/main.ts";
import { FakeContext } from "./context.ts";

/** A command that runs. */
export class RunningCommand implements AsyncDisposable {
  readonly #context: FakeContext;
  /** The outcome of the command. */
  readonly exit: Promise<Exit>;

  constructor(args: readonly string[], env: FakeContext["env"] = {}) {
    this.#context = new FakeContext(env);
    this.exit = main(args, this.#context);
  }

  get stdout(): string {
    return this.#context.out;
  }

  get stderr(): string {
    return this.#context.err;
  }

  /** As SIGTERM does. */
  stop(): Promise<Exit> {
    this.#context.stop();
    return this.exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
