import { assertEquals } from "@std/assert";
import { CloudEvent } from "cloudevents";
import { PLAIN_LAYOUT } from "../../src/events/record_layout.ts";
import { encodeRepoGap } from "../../src/events/repo_gap.ts";
import { REPO_GAP as GAP } from "../support/gaps.ts";
import { SOURCE } from "../support/events.ts";
import { assertRecord, assertSchema } from "../support/schemas.ts";
import { decodeHeaders } from "../../src/record/headers.ts";

Deno.test("encodeRepoGap() says of which account something is missing, after which revision and before which", () => {
  const record = encodeRepoGap(GAP, SOURCE, 0, PLAIN_LAYOUT);
  const event = JSON.parse(new TextDecoder().decode(record.value));
  const id = `repo-gap/${GAP.did}/${GAP.rev}`;
  assertEquals(event, {
    specversion: "1.0",
    type: "Bluesky.Stream.RepoGap",
    source: SOURCE,
    subject: GAP.did,
    id,
    time: GAP.time,
    datacontenttype: "application/json",
    data: {
      gap_id: id,
      did: GAP.did,
      cause: "revision",
      last_rev: GAP.lastRev,
      since: GAP.since,
      rev: GAP.rev,
      indexed_at: GAP.time,
      seq: GAP.seq,
    },
  });
  assertSchema(event);
  assertEquals(new CloudEvent(event).validate(), true);
});

Deno.test("encodeRepoGap() keys the event by the account, and takes the time of receipt where the commit has none", () => {
  const record = encodeRepoGap({ ...GAP, time: "" }, SOURCE, 0, { ...PLAIN_LAYOUT, mode: "binary" });
  const headers = decodeHeaders(record.headers ?? new Uint8Array());
  assertEquals([new TextDecoder().decode(record.key), headers["ce_time"]], [GAP.did, "1970-01-01T00:00:00.000Z"]);
  assertRecord({ value: record.value, headers });
});
