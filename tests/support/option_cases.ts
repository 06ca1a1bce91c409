/**
 * What the options of identities, verification, memories, metrics and log may be given, and are by default.
 *
 * @module
 */

/** For each option: a text, its value, another text, its value, and a text that is wrong. */
export const KNOWLEDGE_CASES = {
  trackRepos: ["500000", 500_000, "0", 0, "all"],
  rememberSubjects: ["1000000", 1_000_000, "0", 0, "-1"],
  handles: ["verified", "verified", "Claimed", "claimed", "yes"],
  plcUrl: ["http://localhost:2582", "http://localhost:2582/", "https://p.test/x", "https://p.test/x", "plc.directory"],
  plcRate: ["1", 1, "50", 50, "0"],
  plcExport: ["new", "new", "All", "all", "yes"],
  identityCache: ["/i", "/i", "i", "i", "/i/"],
  identityCacheSize: ["1000", 1000, "2000000", 2_000_000, "10"],
  identityTtl: ["1", 3_600_000, "0.5h", 1_800_000, "0"],
  handleDns: [
    "10.0.0.2",
    { ipAddr: "10.0.0.2", port: 53 },
    "[2001:db8::2]:5353",
    { ipAddr: "2001:db8::2", port: 5353 },
    "dns.test",
  ],
  verify: ["signatures", "signatures", "Proofs", "proofs", "true"],
  unverified: ["drop", "drop", "mark", "mark", "keep"],
  verifyThreads: ["2", 2, "3", 3, "0"],
  identityStandIn: ["http://localhost:1", "http://localhost:1/", "https://a.test/", "https://a.test/", "ftp://a.test"],
} as const;

/** The value of each where nothing is given. */
export const KNOWLEDGE_DEFAULTS = {
  trackRepos: 0,
  rememberSubjects: 0,
  handles: "off",
  plcUrl: "https://plc.directory/",
  plcRate: 10,
  plcExport: "off",
  identityCache: null,
  identityCacheSize: 500_000,
  identityTtl: 86_400_000,
  handleDns: null,
  identityStandIn: null,
  verify: "off",
  unverified: "mark",
  verifyThreads: null,
} as const;

/** The same of the options of the metrics port and the log. */
export const OPERATION_CASES = {
  metricsPort: ["9464", 9464, "0", 0, "65536"],
  metricsHost: ["0.0.0.0", "0.0.0.0", "::1", "::1", "localhost:80"],
  pageEvents: ["0", 0, "40", 40, "41"],
  logLevel: ["debug", "debug", "error", "error", "loud"],
  logFormat: ["json", "json", "text", "text", "xml"],
} as const;

/** The value of each where nothing is given. */
export const OPERATION_DEFAULTS = {
  metricsPort: null,
  metricsHost: "127.0.0.1",
  pageEvents: 20,
  logLevel: "info",
  logFormat: "auto",
} as const;
