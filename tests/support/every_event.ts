/**
 * Events of every type, recorded, simulated and made by hand: what schemas must take.
 *
 * @module
 */
import { recordedEvents, simulatedEvents } from "./events.ts";
import { gapEvent, GAPS, REPO_GAP, repoGapEvent } from "./gaps.ts";
import { letterEvent, LETTERS } from "./letters.ts";
import { manyNetworkEvents } from "./network_events.ts";

/** A structured event. */
export type AnyEvent = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string };

/** Events of every type. */
export async function everyEvent(): Promise<AnyEvent[]> {
  return [
    ...[...await recordedEvents(), ...await simulatedEvents(400)].map(({ event }) => event as unknown as AnyEvent),
    ...await manyNetworkEvents(500),
    ...GAPS.map(gapEvent),
    repoGapEvent(REPO_GAP),
    ...LETTERS.map(letterEvent),
  ];
}
