/**
 * The registry as an xRegistry document: the two content modes as endpoints, a group of message definitions, and a
 * group with the schemas of their data.
 * Source: github.com/xregistry/spec, `endpoint/spec.md`, `message/spec.md` and `schema/spec.md`, 1.0-rc4.
 *
 * @module
 */
import { CONTENT_MODES, type ContentMode } from "../events/record_layout.ts";
import { type AttributeSpec, envelopeOf, type EventDefinition } from "../events/definition.ts";
import { dataJsonSchema } from "./json_schema.ts";

const GROUP = "BlueskyFirehose";
const SCHEMA_FORMAT = "JsonSchema/draft/2020-12";

/** The registry with these types. */
export function xregistry(types: readonly EventDefinition[]): { readonly [attribute: string]: unknown } {
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
        messages: Object.fromEntries(types.map((each) => [each.type, message(each)])),
      },
    },
    schemagroups: {
      [GROUP]: {
        schemagroupid: GROUP,
        schemas: Object.fromEntries(types.map((each) => [each.type, schema(each)])),
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

function message(definition: EventDefinition) {
  const { type, doc } = definition;
  return {
    messageid: type,
    description: doc,
    envelope: "CloudEvents/1.0",
    envelopemetadata: Object.fromEntries(
      Object.entries(envelopeOf(definition)).map(([name, spec]) => [name, declaration(name, spec, definition)]),
    ),
    protocol: "KAFKA",
    protocoloptions: { key: keyTemplate(definition) },
    datacontenttype: "application/json",
    dataschemaformat: SCHEMA_FORMAT,
    dataschemauri: `#/schemagroups/${GROUP}/schemas/${type}`,
  };
}

/** The placeholder of the key and the subject: both are the DID, or the firehose host of events about the stream. */
function keyTemplate({ kind }: EventDefinition): string {
  return kind === "stream" ? "{host}" : "{did}";
}

function declaration(name: string, { type, values, isOptional, doc }: AttributeSpec, definition: EventDefinition) {
  const template = name === "source" ? "{firehoseurl}" : name === "subject" ? keyTemplate(definition) : undefined;
  const [first, ...others] = name === "type" ? [definition.type] : values ?? [];
  const value = template ?? (others.length === 0 ? first : undefined);
  return {
    type: template === undefined ? type : "uritemplate",
    ...(value === undefined ? {} : { value }),
    required: isOptional !== true,
    description: others.length === 0 ? doc : `${doc}: ${[first, ...others].join(" or ")}`,
  };
}

function schema(definition: EventDefinition) {
  const { type, doc } = definition;
  const version = { versionid: "1", format: SCHEMA_FORMAT, schema: dataJsonSchema(definition) };
  return {
    schemaid: type,
    description: doc,
    format: SCHEMA_FORMAT,
    defaultversionid: "1",
    versions: { "1": { schemaid: type, ...version } },
  };
}
