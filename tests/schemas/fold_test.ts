import { assertEquals } from "@std/assert";
import type { EventDefinition } from "../../src/events/definition.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { accountOf, deletesOf, goesWithAccount, hasKey, orderColumns } from "../../src/schemas/fold.ts";

function typesWhere(holds: (definition: EventDefinition) => boolean): string[] {
  return EVENT_TYPES.filter(holds).map(({ type }) => type);
}

Deno.test("orderColumns() orders what a repository holds by its revision, and what is about an account by time, then seq", () => {
  const orders = Object.fromEntries(
    EVENT_TYPES.map((each) => [each.kind, orderColumns(each, "event_").join()]),
  );
  assertEquals(orders, {
    records: "event_rev",
    deletes: "event_rev",
    identity: "event_time,seq",
    account: "event_time,seq",
    sync: "rev",
    stream: "event_time",
  });
});

Deno.test("hasKey() is false of profiles alone, whose data has no AT-URI", () => {
  assertEquals(typesWhere((each) => !hasKey(each)), ["Bluesky.Actor.Profile"]);
});

Deno.test("deletesOf() is the type with Deleted behind the name, if it is among the types, and none of other kinds", () => {
  for (const each of EVENT_TYPES) {
    const wanted = each.kind === "records" ? `${each.type}.Deleted` : undefined;
    assertEquals(deletesOf(each, EVENT_TYPES)?.type, wanted);
    assertEquals(deletesOf(each, [each]), undefined);
  }
});

Deno.test("goesWithAccount() holds of records and handles, and accountOf() finds the type that says how accounts stand", () => {
  const going = typesWhere(({ kind }) => kind === "records" || kind === "identity");
  assertEquals(typesWhere(goesWithAccount), going);
  assertEquals(accountOf(EVENT_TYPES)?.type, "Atproto.Account");
  assertEquals(accountOf([]), undefined);
});
