/**
 * A directory, hosts and DNS of a few accounts on loopback, which a test changes as it likes.
 *
 * @module
 */
import { handleAsker, type LookUpTxt } from "../../src/identity/handle_requests.ts";
import { directoryAsker, type Get, hostAsker, MOST_ANSWER_BYTES } from "../../src/identity/requests.ts";
import { getFromHost, readAnswer } from "../../src/net/host_get.ts";

/** What the server says at `NAME/PATH`: a text, JSON, or a whole answer. */
type Said = string | object | Response | (() => Response | Promise<Response>);

/** Starts without an account. */
export class IdentityStub implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** By name and path; of the directory by the path alone. */
  readonly said = new Map<string, Said>();
  /** TXT records, by name; an error where nobody answers. */
  readonly records = new Map<string, string[][] | Error>();
  /** What was asked, as keys of `said`. */
  readonly asked: string[] = [];

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** Of the directory, and of all hosts. */
  get url(): URL {
    return new URL(`http://127.0.0.1:${this.#server.addr.port}`);
  }

  async #answer({ url }: Request): Promise<Response> {
    const { host, pathname } = new URL(url);
    const key = (host === this.url.host ? "" : host) + decodeURIComponent(pathname);
    this.asked.push(key);
    const said = this.said.get(key);
    if (said === undefined) return new Response("nothing", { status: 404 });
    if (typeof said === "function") return await said();
    if (said instanceof Response) return said.clone();
    return typeof said === "string" ? new Response(said) : Response.json(said);
  }

  /** An account of the directory, whose handle its host confirms. */
  account(did: string, handle: string, more: object = {}): void {
    this.said.set(`/${did}`, { id: did, alsoKnownAs: [`at://${handle}`], ...more });
    this.said.set(`${handle}/.well-known/atproto-did`, did);
  }

  readonly getFromDirectory: Get = async (url, signal) =>
    await readAnswer(await fetch(url, { signal }), MOST_ANSWER_BYTES);

  readonly getFromHost: Get = async (url, signal) =>
    await getFromHost(url, {
      mostBytes: MOST_ANSWER_BYTES,
      standIn: this.url,
      signal,
      userAgent: "test",
      lookUp: null,
    });

  readonly lookUpTxt: LookUpTxt = (name) => {
    this.asked.push(`TXT ${name}`);
    const records = this.records.get(name) ?? null;
    return records instanceof Error ? Promise.reject(records) : Promise.resolve(records);
  };

  get askDirectory() {
    return directoryAsker(this.url, this.getFromDirectory);
  }

  get askHost() {
    return hostAsker(this.getFromHost);
  }

  get askHandle() {
    return handleAsker(this.lookUpTxt, this.getFromHost);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
