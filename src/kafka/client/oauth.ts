/**
 * OAuth tokens: by client credentials (RFC 6749, section 4.4), and by the identities of Azure: a managed one
 * (learn.microsoft.com, "How to use managed identities to get an access token") and a workload's ("OAuth 2.0 client
 * credentials flow", with a federated credential).
 *
 * @module
 */

import { formEncoded, redactor } from "../../text/redact.ts";

/** Where tokens come from. */
export type TokenSettings =
  | {
    readonly kind: "client-credentials";
    readonly url: string;
    readonly clientId: string;
    /** A secret. */
    readonly clientSecret: string;
    readonly scope: string | null;
  }
  | {
    readonly kind: "managed-identity";
    /** Null is the endpoint of virtual machines. */
    readonly endpoint: string | null;
    /** A secret. */
    readonly header: string | null;
    readonly clientId: string | null;
    readonly scope: string;
  }
  | {
    readonly kind: "workload-identity";
    readonly authorityHost: string;
    readonly tenantId: string;
    readonly clientId: string;
    readonly tokenFile: string;
    readonly scope: string;
  };

/** What a source of tokens needs of the world. */
export interface TokenParts {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly readFile: (path: string) => Promise<string>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The server of tokens refuses us, which no retry helps against. */
export class TokenRefusedError extends Error {
  override readonly name = "TokenRefusedError";
}

/** No token can be had now. */
export class TokenUnavailableError extends Error {
  override readonly name = "TokenUnavailableError";
}

const TIMEOUT_MS = 10_000;
const VIRTUAL_MACHINE = "http://169.254.169.254/metadata/identity/oauth2/token";
/** A token is used until so much of its life is left, so that no session ends right after it began. */
const SHARE_LEFT = 0.2;
/** What a token is good for where its server does not say, in seconds. */
const UNSAID_LIFE_SECS = 300;
const MAX_DETAIL_CHARS = 200;
const MAX_ANSWER_BYTES = 1_048_576;

/** Makes a source of tokens, which keeps one until it grows old. Several that ask at once share one request. */
export function tokenSource(settings: TokenSettings, parts: TokenParts): () => Promise<string> {
  let kept: { readonly token: string; readonly until: number } | null = null;
  let pending: Promise<string> | null = null;
  const renew = async () => {
    const { token, lifeSecs } = await requestToken(settings, parts);
    kept = { token, until: parts.now() + lifeSecs * 1000 * (1 - SHARE_LEFT) };
    return token;
  };
  return () => {
    if (kept !== null && parts.now() < kept.until) return Promise.resolve(kept.token);
    return pending ??= renew().finally(() => pending = null);
  };
}

interface Token {
  readonly token: string;
  readonly lifeSecs: number;
}

async function requestToken(settings: TokenSettings, parts: TokenParts): Promise<Token> {
  const { url, init, secret } = await requestOf(settings, parts);
  const { origin } = new URL(url);
  let response: Response;
  let body: string;
  try {
    response = await parts.fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    body = await textOf(response);
  } catch (error) {
    const is = error instanceof Error ? error.message : error;
    throw new TokenUnavailableError(`No token from ${origin}: ${is}`, { cause: error });
  }
  const said = parse(body);
  if (!response.ok) {
    const detail = [said["error"], said["error_description"]].filter((each) => typeof each === "string").join(": ");
    // Whatever a server repeats of the request is taken out first: cut in two, a secret would not be found.
    const shown = redactor(secret === null ? [] : [secret])(detail);
    const message = `No token from ${origin}: HTTP ${response.status} ${shown}`.trim().slice(0, MAX_DETAIL_CHARS);
    throw isPassing(response.status, settings) ? new TokenUnavailableError(message) : new TokenRefusedError(message);
  }
  const token = said["access_token"];
  if (typeof token !== "string" || token === "") {
    throw new TokenUnavailableError(`No token from ${origin}: its response has none`);
  }
  return { token, lifeSecs: lifeOf(said, parts.now()) };
}

/** Statuses that pass by themselves; an identity of a virtual machine may not be there yet (404, 410). */
function isPassing(status: number, { kind }: TokenSettings): boolean {
  if (status >= 500 || status === 408 || status === 429) return true;
  return kind === "managed-identity" && (status === 404 || status === 410);
}

/** Seconds that are left of a token's life: both members may be text. */
function lifeOf(said: Record<string, unknown>, nowMs: number): number {
  const life = Number(said["expires_in"] ?? NaN);
  if (life > 0) return life;
  const end = Number(said["expires_on"] ?? NaN);
  return end > 0 ? Math.max(0, end - nowMs / 1000) : UNSAID_LIFE_SECS;
}

/** The text of an answer, which is read to its bound alone, as a server may never end it. */
async function textOf({ body }: Response): Promise<string> {
  let text = "";
  let bytes = 0;
  const utf8 = new TextDecoder();
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new RangeError(`its response is larger than ${MAX_ANSWER_BYTES} bytes`);
    text += utf8.decode(chunk, { stream: true });
  }
  return text + utf8.decode();
}

function parse(body: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(body);
    return typeof said === "object" && said !== null ? { ...said } : {};
  } catch {
    return {};
  }
}

async function requestOf(
  settings: TokenSettings,
  parts: TokenParts,
): Promise<{ readonly url: string; readonly init: RequestInit; readonly secret: string | null }> {
  switch (settings.kind) {
    case "client-credentials": {
      const { url, clientId, clientSecret, scope } = settings;
      const login = btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`);
      const init = form({ ...(scope === null ? {} : { scope }) }, { authorization: `Basic ${login}` });
      return { url, init, secret: clientSecret };
    }
    case "managed-identity": {
      const { endpoint, header, clientId, scope } = settings;
      const url = new URL(endpoint ?? VIRTUAL_MACHINE);
      url.searchParams.set("api-version", header === null ? "2018-02-01" : "2019-08-01");
      url.searchParams.set("resource", scope.replace(/\/\.default$/, ""));
      if (clientId !== null) url.searchParams.set("client_id", clientId);
      const headers = header === null ? { metadata: "true" } : { "x-identity-header": header };
      return { url: url.href, init: { headers }, secret: header };
    }
    case "workload-identity": {
      const { authorityHost, tenantId, clientId, tokenFile, scope } = settings;
      const url = new URL(`${encodeURIComponent(tenantId)}/oauth2/v2.0/token`, `${authorityHost.replace(/\/*$/, "")}/`);
      const client_assertion = await readAssertion(tokenFile, parts);
      const client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
      const init = form({ client_id: clientId, scope, client_assertion_type, client_assertion }, {});
      return { url: url.href, init, secret: client_assertion };
    }
  }
}

async function readAssertion(path: string, parts: TokenParts): Promise<string> {
  try {
    return (await parts.readFile(path)).trim();
  } catch (error) {
    throw new TokenUnavailableError(`No token: ${error instanceof Error ? error.message : error}`);
  }
}

function form(fields: Record<string, string>, headers: Record<string, string>): RequestInit {
  return {
    method: "POST",
    headers: { accept: "application/json", ...headers },
    body: new URLSearchParams({ grant_type: "client_credentials", ...fields }),
  };
}
