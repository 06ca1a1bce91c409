/**
 * The catalogue as an xRegistry document: the two content modes as endpoints, a group of message definitions, and a
 * group with the schemas of their data.
 * Source: github.com/xregistry/spec, `endpoint/spec.md`, `message/spec.md` and `schema/spec.md`, 1.0-rc4.
 *
 * @module
 */
import { CONTENT_MODES, type ContentMode } from "../events/framing.ts";
import { type AttributeSpec, envelopeOf, EVENT_TYPES, type EventType, specOf } from "../events/schema.ts";
import { dataJsonSchema } from "./json_schema.ts";

const GROUP = "BlueskyFirehose";
const SCHEMA_FORMAT = "JsonSchema/draft/2020-12";

/** The registry with these types. */
export function xregistry(types: readonly EventType[]): { readonly [attribute: string]: unknown } {
  return {
    specversion: "1.0-rc4",
    registryid: GROUP,
    name: "Events of the Bluesky firehose",
    endpoints: Object.fromEntries(CONTENT_MODES.map((mode) => [`${GROUP}.${mode}`, endpoint(mode)])),
    messagegroups: {
      [GROUP]: {
        messagegroupid: GROUP,
        envelope: "CloudEvents/1.0",
        protocol: "KAFKA",
        messages: Object.fromEntries(types.map((type) => [type, message(type)])),
      },
    },
    schemagroups: {
      [GROUP]: {
        schemagroupid: GROUP,
        schemas: Object.fromEntries(types.map((type) => [type, schema(type)])),
      },
    },
  };
}

/** A topic that the producer writes to in one of the content modes; where it is, only its user knows. */
function endpoint(mode: ContentMode) {
  return {
    endpointid: `${GROUP}.${mode}`,
    description: `A topic in the ${mode} content mode`,
    usage: ["consumer"],
    envelope: "CloudEvents/1.0",
    envelopeoptions: mode === "binary" ? { mode } : { mode, format: "application/cloudevents+json" },
    protocol: "KAFKA",
    protocoloptions: { deployed: false },
    messagegroups: [`#/messagegroups/${GROUP}`],
  };
}

function message(type: EventType) {
  return {
    messageid: type,
    description: EVENT_TYPES[type].doc,
    envelope: "CloudEvents/1.0",
    envelopemetadata: Object.fromEntries(
      Object.entries(envelopeOf(type)).map(([name, spec]) => [name, declaration(name, spec, type)]),
    ),
    protocol: "KAFKA",
    protocoloptions: { key: keyTemplate(type) },
    datacontenttype: "application/json",
    dataschemaformat: SCHEMA_FORMAT,
    dataschemauri: `#/schemagroups/${GROUP}/schemas/${type}`,
  };
}

/** The placeholder of the key and the subject: both are the DID, or the firehose host of events about the stream. */
function keyTemplate(type: EventType): string {
  return specOf(type).collection === null ? "{host}" : "{did}";
}

function declaration(name: string, { type, values, doc }: AttributeSpec, eventType: EventType) {
  const template = name === "source" ? "{firehoseurl}" : name === "subject" ? keyTemplate(eventType) : undefined;
  const [first, ...others] = name === "type" ? [eventType] : values ?? [];
  const value = template ?? (others.length === 0 ? first : undefined);
  return {
    type: template === undefined ? type : "uritemplate",
    ...(value === undefined ? {} : { value }),
    required: true,
    description: others.length === 0 ? doc : `${doc}: ${[first, ...others].join(" or ")}`,
  };
}

function schema(type: EventType) {
  const { doc } = EVENT_TYPES[type];
  const version = { versionid: "1", format: SCHEMA_FORMAT, schema: dataJsonSchema(type) };
  return {
    schemaid: type,
    description: doc,
    format: SCHEMA_FORMAT,
    defaultversionid: "1",
    versions: { "1": { schemaid: type, ...version } },
  };
}
