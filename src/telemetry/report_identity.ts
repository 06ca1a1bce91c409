/**
 * What happens with identities, counted and logged.
 *
 * @module
 */
import type { IdentityObserver } from "../identity/counts.ts";
import { ONE_A_MINUTE, type ReportParts } from "./report.ts";

const REFUSED = "Requests to the identity directory fail; cached identities stay in use, and the requests are retried";

/** Reports on identities. A host of one account is worth no line: anybody may name any. */
export function reportIdentities({ metrics, limited }: Pick<ReportParts, "metrics" | "limited">): IdentityObserver {
  return {
    looked: (isKnown) => metrics.identityLookups.add(isKnown ? "known" : "unknown"),
    requested: (of) => metrics.identityRequests.add(of),
    refused: (of, reason) => {
      metrics.identityRefusals.add(reason);
      if (of === "directory" || of === "export") limited("identities", ONE_A_MINUTE, "warn", REFUSED, { of, reason });
    },
    dropped: () => metrics.identityDropped.add(),
  };
}
