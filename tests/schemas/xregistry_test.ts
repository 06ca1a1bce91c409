import { assert, assertEquals } from "@std/assert";
import { OPTIONS } from "../../src/config/config.ts";
import { xregistry } from "../../src/schemas/xregistry.ts";
import { envelopeOf, type EventDefinition } from "../../src/events/definition.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { LIKE } from "../../src/events/types/like.ts";
import { recordedEvents } from "../support/events.ts";
import { createAjv } from "../support/schemas.ts";

interface Declaration {
  readonly type: string;
  readonly value?: string;
  readonly required: boolean;
}

interface Endpoint {
  readonly endpointid: string;
  readonly envelopeoptions: { readonly mode: string };
  readonly protocol: string;
  readonly messagegroups: readonly string[];
}

interface Message {
  readonly messageid: string;
  readonly envelope: string;
  readonly envelopemetadata: Record<string, Declaration>;
  readonly protocoloptions: { readonly key: string };
  readonly dataschemauri: string;
  readonly dataschemaformat: string;
}

/** What a `#/...` reference of the document leads to. */
function follow(document: unknown, reference: string): Record<string, unknown> {
  let found = document as Record<string, unknown>;
  for (const part of reference.replace("#/", "").split("/")) found = found[part] as Record<string, unknown>;
  return found;
}

const document = JSON.parse(JSON.stringify(xregistry(EVENT_TYPES)));
const messages: Record<string, Message> = document.messagegroups.BlueskyFirehose.messages;

/** Attributes that only some events have. */
const OPTIONAL = ["sampledrate", "verified", "verifyreason"];

Deno.test("xregistry() has a message for each type, whose id is the type, with every attribute declared", () => {
  assertEquals(Object.keys(messages), EVENT_TYPES.map(({ type }) => type));
  for (const [type, { messageid, envelope, envelopemetadata }] of Object.entries(messages)) {
    assertEquals([messageid, envelope], [type, "CloudEvents/1.0"]);
    assertEquals(Object.keys(envelopemetadata), Object.keys(envelopeOf(definitionOf(type))));
    assertEquals(envelopemetadata["type"]?.value, type);
    for (const [name, { required }] of Object.entries(envelopemetadata)) {
      assertEquals(required, !OPTIONAL.includes(name));
    }
  }
});

Deno.test("xregistry() has an endpoint for each content mode, with all messages", () => {
  const modes = OPTIONS.contentMode.placeholder.split("|");
  const endpoints = Object.entries(document.endpoints as Record<string, Endpoint>);
  assertEquals(endpoints.map(([, { envelopeoptions }]) => envelopeoptions.mode), modes);
  for (const [id, { endpointid, protocol, messagegroups }] of endpoints) {
    assertEquals([id, protocol], [endpointid, "KAFKA"]);
    for (const reference of messagegroups) assertEquals(follow(document, reference)["messages"], messages);
  }
});

Deno.test("xregistry() declares attributes that the events have: fixed values, and one DID in subject and key", async () => {
  for (const { event, op } of await recordedEvents()) {
    const message = messages[event.type];
    for (const [name, { type, value }] of Object.entries(message?.envelopemetadata ?? {})) {
      if (value !== undefined && type !== "uritemplate") assertEquals(event[name], value, name);
    }
    assertEquals(message?.envelopemetadata["subject"]?.value, message?.protocoloptions.key);
    assertEquals(event.subject, op.did);
  }
});

Deno.test("xregistry() refers each message to a schema in the document that takes the data of its events", async () => {
  const events = await recordedEvents();
  for (const { dataschemauri, dataschemaformat, messageid } of Object.values(messages)) {
    const resource = follow(document, dataschemauri);
    const { schema, format } = follow(resource, `#/versions/${resource["defaultversionid"]}`);
    assertEquals([format, resource["schemaid"]], [dataschemaformat, messageid]);
    const validate = createAjv().compile(schema as Record<string, unknown>);
    for (const { event } of events.filter(({ event }) => event.type === messageid)) assert(validate(event.data));
    assertEquals(
      Object.keys((schema as { properties: object }).properties),
      Object.keys(definitionOf(messageid).fields),
    );
  }
});

Deno.test("xregistry() has only the types that are asked for", () => {
  const one = JSON.parse(JSON.stringify(xregistry([LIKE])));
  assertEquals(Object.keys(one.messagegroups.BlueskyFirehose.messages), ["Bluesky.Feed.Like"]);
  assertEquals(Object.keys(one.schemagroups.BlueskyFirehose.schemas), ["Bluesky.Feed.Like"]);
});

function definitionOf(type: string): EventDefinition {
  const found = EVENT_TYPES.find((each) => each.type === type);
  if (found === undefined) throw new Error(type);
  return found;
}
