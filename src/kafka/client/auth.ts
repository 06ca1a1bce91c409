/**
 * SASL. KafkaJS's own mechanisms do the arithmetic; what surrounds them here is what they leave out: they give every
 * failure the name of an authentication that was refused, so that a broker which dies meanwhile looks like a wrong
 * password; and their OAUTHBEARER takes a broker's refusal for success.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { AuthenticationProviderArgs, Authenticator, Mechanism } from "kafkajs";
import { redactor } from "../../text/redact.ts";
import { BrokerAuthenticationError } from "./errors.ts";
import { PASSWORD_MECHANISMS } from "./kafkajs_internals.ts";
import type { SaslOptions } from "./options.ts";

/** How KafkaJS authenticates. */
export function saslMechanism(sasl: SaslOptions): Mechanism {
  return { mechanism: sasl.mechanism, authenticationProvider: (args) => authenticator(sasl, args) };
}

/** One authentication of one connection. */
function authenticator(sasl: SaslOptions, args: AuthenticationProviderArgs): Authenticator {
  if (sasl.mechanism === "oauthbearer") return { authenticate: async () => await bearToken(await sasl.token(), args) };
  let cause: unknown;
  const saslAuthenticate: AuthenticationProviderArgs["saslAuthenticate"] = async (request) => {
    try {
      return await args.saslAuthenticate(request);
    } catch (error) {
      cause = error;
      throw error;
    }
  };
  const { authenticate } = PASSWORD_MECHANISMS[sasl.mechanism](sasl)({ ...args, saslAuthenticate });
  return {
    async authenticate() {
      try {
        await authenticate();
      } catch (error) {
        throw cause ?? error;
      }
    },
  };
}

/** RFC 7628: the token, and where the server answers with a reason, the empty answer that ends the exchange. */
async function bearToken(token: string, { saslAuthenticate }: AuthenticationProviderArgs): Promise<void> {
  const redact = redactor([token]);
  const request = saslBytes(`n,,\x01auth=Bearer ${token}\x01\x01`);
  const refusal = await saslAuthenticate({ request, response: REASON }).catch((error: unknown) => {
    // The broker's own words, which may repeat the token; nobody else knows it.
    if (error instanceof Error) error.message = redact(error.message);
    throw error;
  });
  if (refusal === "") return;
  await saslAuthenticate({ request: saslBytes("\x01"), response: REASON }).catch(() => {});
  throw new BrokerAuthenticationError(`The broker refuses the OAuth token: ${redact(String(refusal))}`);
}

/** Bytes of a mechanism with their length before them, as KafkaJS wants them. */
function saslBytes(text: string): { encode: () => Buffer } {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return { encode: () => Buffer.concat([length, bytes]) };
}

/** The answer of the server as text, after its length. */
const REASON = {
  decode: (bytes: Buffer) => bytes,
  parse: (bytes: Buffer) => bytes.subarray(4).toString(),
};
