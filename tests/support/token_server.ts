/**
 * A server of OAuth tokens on loopback: what an identity provider, and the endpoints of Azure, answer.
 *
 * @module
 */

/** One request that it got. */
export interface TokenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Gives `token N` at its Nth request, or what `make` makes. */
export class TokenServer implements AsyncDisposable {
  readonly requests: TokenRequest[] = [];
  /** The status of its answers; all but 200 tell of an unknown client. */
  status = 200;
  /** What it says of the client that it does not know. */
  description = "no such client";
  /** What its answers hold beside the token. */
  life: Record<string, string | number> = { expires_in: 100 };
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(make: (request: TokenRequest) => string = () => `token ${this.requests.length}`) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      const asked = { method, path: pathname + search, headers, body: await request.text() };
      this.requests.push(asked);
      if (this.status !== 200) {
        const answer = { error: "invalid_client", error_description: this.description };
        return Response.json(answer, { status: this.status, headers: { location: "/elsewhere" } });
      }
      return Response.json({ access_token: make(asked), token_type: "Bearer", ...this.life });
    });
  }

  /** Ends in a slash. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
