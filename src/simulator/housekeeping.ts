/**
 * What keeps a made-up network from growing without end: accounts delete their oldest records.
 *
 * @module
 */
import type { Account, Write } from "./account.ts";

/** What all accounts together hold of what they wrote since the stream began, about. */
export const MOST_RECORDS = 100_000;
/** However many accounts there are, each may hold so many. */
export const LEAST_EACH = 100;
/** Deletes of one commit: then one commit in fifty is such a one, and none is large. */
export const DELETES = 50;

/**
 * Deletes of the oldest records of an account that holds more than its share of `most` among so many accounts; none of
 * another one. A record of which an account has one alone, such as its profile, stays.
 */
export function deletesOfOldest(account: Account, accounts: number, most = MOST_RECORDS): Write[] {
  if (account.records.size <= Math.max(LEAST_EACH, most / accounts)) return [];
  const oldest = account.records.keys().filter((path) => !path.endsWith("/self")).take(DELETES);
  return [...oldest].map((path) => ({ action: "delete", path, record: null }));
}
