/**
 * What was written, for a while: after a change of host the stream goes back a little, and what comes twice is known by
 * account, revision and path, which are the same on every host.
 *
 * @module
 */
import { spanText } from "../atproto/bytes/span.ts";
import type { RepoOp } from "../atproto/repo_op.ts";

/** Remembers the last records: so many at least, and up to twice as many. */
export class DedupWindow {
  readonly #most: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether the record is not among those remembered; it is then. */
  admit({ frame, path }: RepoOp): boolean {
    const id = `${frame.did}/${frame.rev}/${spanText(frame.bytes, path)}`;
    if (this.#young.has(id) || this.#old.has(id)) return false;
    this.#young.add(id);
    // To forget one for each that comes, a set would have to be searched for its oldest.
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    return true;
  }
}
