/**
 * What a subscription reports.
 *
 * @module
 */
import type { EndKind } from "./errors.ts";
import type { StreamGap } from "./gap.ts";

/** What happens to a subscription. */
export interface SubscribeObserver {
  connecting(event: { readonly url: string; readonly cursor: number | null; readonly attempt: number }): void;
  connected(event: { readonly cursor: number | null }): void;
  disconnected(event: { readonly kind: EndKind; readonly reason: string; readonly retryInMs: number }): void;
  /** Another host is dialled from now on. */
  switched(event: { readonly from: string; readonly to: string; readonly url: string }): void;
  paused(event: { readonly after: number | null }): void;
  /** There may be a gap; told before the first message after it is handled, and followed by `gap` or `released`. */
  held(event: StreamGap): void;
  /** What was held is no gap. */
  released(): void;
  /** The stream goes on after a gap; told before the first message after it is handled, unless it was held. */
  gap(event: StreamGap): void;
  repeated(event: { readonly seq: number }): void;
  info(event: { readonly name: string; readonly message: string }): void;
}
