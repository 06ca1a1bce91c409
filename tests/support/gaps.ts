/**
 * Gaps for tests, of the stream and of single repositories, and their events.
 *
 * @module
 */
import { PLAIN_LAYOUT } from "../../src/events/record_layout.ts";
import { encodeGap } from "../../src/events/gap.ts";
import { encodeRepoGap } from "../../src/events/repo_gap.ts";
import type { RepoGap } from "../../src/memory/repo_gap.ts";
import type { StreamGap } from "../../src/upstream/gap.ts";
import { SOURCE } from "./events.ts";

/** A gap of each cause. */
export const GAPS: readonly StreamGap[] = [
  {
    cause: "window-exceeded",
    from: { host: "bsky.network", seq: 31_500_000_000, time: null },
    to: { host: "bsky.network", seq: 31_500_900_000, time: "2026-07-01T12:00:00.123456Z" },
    missing: 899_999,
  },
  {
    cause: "sequence-reset",
    from: { host: "bsky.network", seq: 31_500_000_000, time: "2026-07-01T12:00:00Z" },
    to: { host: "bsky.network", seq: 7, time: null },
    missing: null,
  },
  {
    cause: "host-changed",
    from: { host: "bsky.network", seq: 31_500_000_000, time: "2026-07-01T12:00:00Z" },
    to: { host: "relay.example:8443", seq: 7, time: "2026-07-01T12:05:00Z" },
    missing: null,
  },
];

/** A gap of one repository. */
export const REPO_GAP: RepoGap = {
  cause: "revision",
  did: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
  lastRev: "3lzzzzzzzzz2a",
  since: "3lzzzzzzzzz2c",
  rev: "3lzzzzzzzzz2d",
  seq: 31_500_000_001,
  time: "2026-07-01T12:00:00.123456Z",
};

type GapEvent = Record<string, unknown> & { readonly type: string; readonly id: string };

/** The event of a gap, as a consumer reads it. */
export function gapEvent(gap: StreamGap): GapEvent {
  return JSON.parse(new TextDecoder().decode(encodeGap(gap, SOURCE, Date.UTC(2026, 6, 2), PLAIN_LAYOUT).value));
}

/** The same of a gap of one repository. */
export function repoGapEvent(gap: RepoGap): GapEvent {
  return JSON.parse(new TextDecoder().decode(encodeRepoGap(gap, SOURCE, 0, PLAIN_LAYOUT).value));
}
