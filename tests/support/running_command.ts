/**
 * A command within the test's own process.
 *
 * @module
 */
import type { Exit } from "../../src/cli/exit.ts";
import { main } from "../../src/cli/main.ts";
import { FakeContext } from "./context.ts";
import { until } from "./wait.ts";

/** A command that runs. */
export class RunningCommand implements AsyncDisposable {
  readonly #context: FakeContext;
  #isOver = false;
  /** The outcome of the command. */
  readonly exit: Promise<Exit>;

  constructor(args: readonly string[], env: FakeContext["env"] = {}) {
    this.#context = new FakeContext(env);
    this.exit = main(args, this.#context);
    const over = () => void (this.#isOver = true);
    this.exit.then(over, over);
  }

  get stdout(): string {
    return this.#context.out;
  }

  get stderr(): string {
    return this.#context.err;
  }

  /** As SIGTERM does. */
  async stop(): Promise<Exit> {
    this.#context.stop();
    try {
      await until("the end of a command", () => this.#isOver);
    } catch (error) {
      throw new Error(`A command does not stop: ${this.stderr}`, { cause: error });
    }
    return await this.exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
