/**
 * What to do about an error of KafkaJS. It wraps errors in others, so the whole chain of causes is asked, from the
 * inside out; names and protocol types decide, never the text of a message.
 *
 * @module
 */

/** `retry`: same batch again; `split`: too large as it is; `fatal`: no retry can mend it. */
export type Verdict = "retry" | "split" | "fatal";

/** Protocol errors (Kafka's own names) and error classes that are not simply tried again. */
export const VERDICTS: { readonly [typeOrName: string]: Verdict } = {
  MESSAGE_TOO_LARGE: "split",
  RECORD_LIST_TOO_LARGE: "split",
  SASL_AUTHENTICATION_FAILED: "fatal",
  UNSUPPORTED_SASL_MECHANISM: "fatal",
  ILLEGAL_SASL_STATE: "fatal",
  TOPIC_AUTHORIZATION_FAILED: "fatal",
  CLUSTER_AUTHORIZATION_FAILED: "fatal",
  INVALID_TOPIC_EXCEPTION: "fatal",
  UNSUPPORTED_VERSION: "fatal",
  UNSUPPORTED_FOR_MESSAGE_FORMAT: "fatal",
  UNSUPPORTED_COMPRESSION_TYPE: "fatal",
  KafkaJSSASLAuthenticationError: "fatal",
  KafkaJSServerDoesNotSupportApiKey: "fatal",
  KafkaJSNotImplemented: "fatal",
  // Bugs, ours or the library's: the same batch would fail for ever.
  TypeError: "fatal",
  RangeError: "fatal",
  ReferenceError: "fatal",
  SyntaxError: "fatal",
};

const MAX_CHAIN = 10;

/** The verdict on an error; what is not in the table passes (outages, moved leaders, throttling), so it is retried. */
export function classify(error: unknown): Verdict {
  for (const link of chainOf(error).reverse()) {
    const verdict = VERDICTS[textOf(link, "type")] ?? VERDICTS[textOf(link, "name")];
    if (verdict !== undefined) return verdict;
  }
  return "retry";
}

/** The innermost message of an error, which says what happened. */
export function reasonOf(error: unknown): string {
  const innermost = chainOf(error).at(-1);
  return textOf(innermost, "message") || String(innermost);
}

function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let link = error; link !== undefined && link !== null && chain.length < MAX_CHAIN;) {
    chain.push(link);
    link = typeof link === "object" && "cause" in link ? link.cause : undefined;
  }
  return chain;
}

function textOf(value: unknown, name: string): string {
  const found = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === "string" ? found : "";
}
