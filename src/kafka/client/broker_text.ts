/**
 * What brokers say of their refusals in words of their own. KafkaJS drops the texts that come with the answers to
 * CreateTopics, and makes no request of Produce whose answer has any; both are put right here. It also gets the codes
 * that it does not know.
 *
 * @module
 */
import { printable } from "../../text/printable.ts";
import { ERROR_CODES } from "../protocol/error_codes.ts";
import {
  addErrorCodes,
  createErrorFromCode,
  Decoder,
  type ProtocolRequest,
  wrapRequests,
} from "./kafkajs_internals.ts";

/** A text from a broker is cut there. */
const MAX_CHARS = 1000;
/** The last version of Produce that KafkaJS knows; the next one (KIP-467, Kafka 2.4) has texts in its answer. */
const STOCK_PRODUCE = 7;
const TEXT_PRODUCE = 8;

let isInstalled = false;

/** Lets the errors of KafkaJS have the texts of brokers, for every client of this process. */
export function keepBrokerTexts(): void {
  if (isInstalled) return;
  isInstalled = true;
  addErrorCodes(
    ERROR_CODES.entries().map(([type, { code, retriable }]) => ({
      type,
      code,
      retriable,
      message: `Kafka's error ${type}`,
    })),
  );
  wrapRequests("Produce", (make, version) => {
    if (version !== TEXT_PRODUCE) return make(version);
    // The request is the same as that of the version before.
    const before = make(STOCK_PRODUCE);
    return (args) => ({ request: { ...before(args).request, apiVersion: TEXT_PRODUCE }, response: PRODUCE_RESPONSE });
  }, TEXT_PRODUCE);
  wrapRequests("CreateTopics", (make, version) => (args) => {
    const { request, response } = make(version)(args) as ProtocolRequest<Creation>;
    const parse = (data: Creation) =>
      response.parse(data).catch((error: unknown) => {
        const texts = data.topicErrors.filter(({ errorCode }) => errorCode !== 0);
        const errors: unknown = Reflect.get(Object(error), "errors");
        if (Array.isArray(errors)) errors.forEach((each, i) => addText(each, texts[i]?.errorMessage));
        throw error;
      });
    return { request, response: { ...response, parse } };
  });
}

/** The answer to CreateTopics, as KafkaJS decodes it; version 0 has no texts. */
interface Creation {
  readonly topicErrors: readonly { readonly errorCode: number; readonly errorMessage?: string | null }[];
}

/** Adds what a broker says to the message of an error, unless that is nothing, or the same. */
function addText(error: unknown, text: string | null | undefined): void {
  if (!(error instanceof Error) || text === null || text === undefined || text === "") return;
  if (error.message.includes(text)) return;
  error.message = `${error.message} (the broker says: ${printable(text.slice(0, MAX_CHARS))})`;
}

/** One partition of an answer to Produce. */
interface Produced {
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: string;
  readonly logAppendTime: string;
  readonly logStartOffset: string;
  readonly recordErrors: readonly { readonly index: number; readonly text: string | null }[];
  readonly text: string | null;
}

/**
 *     responses ARRAY: topic STRING, partitions ARRAY: index INT32, error INT16, base offset INT64, append time INT64,
 *     log start INT64, record errors ARRAY: index INT32, text NULLABLE_STRING; text NULLABLE_STRING | throttle INT32
 */
const PRODUCE_RESPONSE = {
  decode(bytes: Uint8Array) {
    const answer = new Decoder(bytes);
    const topics = answer.readArray(() => ({
      topicName: answer.readString(),
      partitions: answer.readArray((): Produced => ({
        partition: answer.readInt32(),
        errorCode: answer.readInt16(),
        baseOffset: answer.readInt64().toString(),
        logAppendTime: answer.readInt64().toString(),
        logStartOffset: answer.readInt64().toString(),
        recordErrors: answer.readArray(() => ({ index: answer.readInt32(), text: answer.readString() })),
        text: answer.readString(),
      })),
    }));
    // As of version 6 it is the client that waits.
    return Promise.resolve({ topics, throttleTime: 0, clientSideThrottleTime: answer.readInt32() });
  },
  parse(data: { readonly topics: readonly { readonly partitions: readonly Produced[] }[] }) {
    const failed = data.topics.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== 0);
    if (failed === undefined) return Promise.resolve(data);
    const error = createErrorFromCode(failed.errorCode);
    const records = failed.recordErrors.filter(({ text }) => text !== null && text !== "");
    const [first] = records;
    const more = records.length > 1 ? `, and ${records.length - 1} more records` : "";
    const record = first === undefined ? null : `record ${first.index}: ${first.text}${more}`;
    addText(error, [failed.text, record].filter((text) => text !== null && text !== "").join("; "));
    return Promise.reject(error);
  },
};
