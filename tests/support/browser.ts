/**
 * A real Chromium without a window, driven over its DevTools protocol.
 *
 * @module
 */
import { until } from "./wait.ts";

/** What a page says of itself, by an expression in it. */
export interface Page {
  /** The value of an expression, which must have one in JSON; a promise is awaited. */
  evaluate(expression: string): Promise<unknown>;
  /** Loads a URL, and waits for its load event. */
  open(url: string): Promise<void>;
  /** A PNG of the window, or of all of the page. */
  screenshot(whole: boolean): Promise<Uint8Array<ArrayBuffer>>;
  /** Width and height of the window in CSS pixels, and which colours it asks for. */
  show(width: number, height: number, scheme: "light" | "dark"): Promise<void>;
  /** Whether scripts run in what is loaded next. */
  scripts(run: boolean): Promise<void>;
  /** Presses and lets go of a key, as `Tab` or `Enter`. */
  press(key: string): Promise<void>;
  /** Names and roles of what a screen reader meets, in order. */
  accessible(): Promise<readonly { readonly role: string; readonly name: string }[]>;
  /** What the console and the log of the browser got: errors of scripts, violations of the policy. */
  readonly complaints: readonly string[];
}

/** A browser with one page, until it is disposed of. */
export class Browser implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly page: Page;

  constructor(process: Deno.ChildProcess, folder: string, socket: WebSocket, page: Page) {
    this.#process = process;
    this.#folder = folder;
    this.#socket = socket;
    this.page = page;
  }

  static async start(): Promise<Browser> {
    const folder = await Deno.makeTempDir({ prefix: "chromium_" });
    const process = new Deno.Command("chromium", {
      args: [
        "--headless",
        // Within containers, and for root, there is no sandbox to be had; it loads from loopback alone.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--hide-scrollbars",
        "--no-first-run",
        "--remote-debugging-port=0",
        `--user-data-dir=${folder}`,
        "about:blank",
      ],
      env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let lines: string[] = [];
    await until("the port of Chromium", async () => {
      lines = (await Deno.readTextFile(`${folder}/DevToolsActivePort`).catch(() => "")).split("\n");
      return lines.length >= 2;
    });
    const socket = new WebSocket(`ws://127.0.0.1:${lines[0]}${lines[1]}`);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error("Chromium does not take a connection"));
    });
    return new Browser(process, folder, socket, await openPage(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#socket.onclose = () => resolve());
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await closed;
    await until("the end of what Chromium started", async () => {
      return await Deno.remove(this.#folder, { recursive: true }).then(() => true, () => false);
    });
  }
}

type Json = Readonly<Record<string, unknown>>;

/** Sends a command, and gives its result. */
type Send = (method: string, params?: Json, sessionId?: string) => Promise<Json>;

async function openPage(socket: WebSocket): Promise<Page> {
  const waiting = new Map<number, { resolve(result: Json): void; reject(error: Error): void }>();
  const complaints: string[] = [];
  let last = 0;
  let loads = 0;
  const send: Send = (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(
        JSON.stringify({ id: last, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
      );
    });
  socket.onmessage = ({ data }) => {
    const { id, method, params, result, error } = JSON.parse(data);
    if (method === "Page.loadEventFired") loads++;
    if (method === "Log.entryAdded") complaints.push(params.entry.text);
    if (method === "Runtime.exceptionThrown") complaints.push(JSON.stringify(params.exceptionDetails));
    if (method === "Page.javascriptDialogOpening") complaints.push(`a dialog: ${params.message}`);
    const waiter = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) waiter?.resolve(result);
    else waiter?.reject(new Error(`Chromium: ${error.message}`));
  };
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const sendToPage: Send = (method, params) => send(method, params, String(sessionId));
  for (const domain of ["Page", "Log", "Runtime", "Accessibility"]) await sendToPage(`${domain}.enable`);
  return pageOf(sendToPage, () => loads, complaints);
}

function pageOf(send: Send, loads: () => number, complaints: readonly string[]): Page {
  return {
    complaints,
    async evaluate(expression) {
      const { result, exceptionDetails } = await send("Runtime.evaluate", {
        expression,
        returnByValue: true,
        awaitPromise: true,
      });
      if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
      return (result as { readonly value?: unknown }).value;
    },
    async open(url) {
      const before = loads();
      const { errorText } = await send("Page.navigate", { url });
      if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
      await until(`${url} to be loaded`, () => loads() > before);
    },
    async screenshot(whole) {
      const { data } = await send("Page.captureScreenshot", { format: "png", captureBeyondViewport: whole });
      return Uint8Array.from(atob(String(data)), (character) => character.charCodeAt(0));
    },
    async show(width, height, scheme) {
      await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
      await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    },
    async scripts(run) {
      await send("Emulation.setScriptExecutionDisabled", { value: !run });
    },
    async press(key) {
      const codes: Readonly<Record<string, number>> = { Tab: 9, Enter: 13 };
      const text = key === "Enter" ? { text: "\r" } : {};
      const params = { key, code: key, windowsVirtualKeyCode: codes[key] ?? 0 };
      await send("Input.dispatchKeyEvent", { type: "keyDown", ...params, ...text });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...params });
    },
    async accessible() {
      const { nodes } = await send("Accessibility.getFullAXTree");
      return (nodes as readonly AccessibilityNode[]).filter(({ ignored }) => !ignored).map(({ role, name }) => ({
        role: String(role?.value),
        name: String(name?.value ?? ""),
      }));
    },
  };
}

interface AccessibilityNode {
  readonly ignored: boolean;
  readonly role?: { readonly value: unknown };
  readonly name?: { readonly value: unknown };
}
