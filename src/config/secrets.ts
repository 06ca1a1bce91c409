/**
 * Keeps secrets out of messages. A value is quoted only where it is neither a secret that is set nor looks like one in
 * the wrong place, such as a connection string given as a topic.
 *
 * @module
 */

const LOOKS_SECRET: readonly RegExp[] = [
  /shared\s*acc?ess/i,
  /endpoint\s*=/i,
  /\b(?:sig|token|password|passwd|pwd|secret|key)\s*=/i,
  // User information of a URL, also of one that is too damaged to be parsed. It is never empty, as it is before a file.
  /[^\s,]@/,
  // The keys of Azure: 32 bytes or more in base 64.
  /[A-Za-z0-9+/]{42,}=/,
];
const MAX_QUOTED = 80;
// Shorter texts are found in harmless words: to blot them out would say what they are.
const MIN_SECRET = 4;

/** Says whether a text could give away a secret: one of `secrets` is in it, or it is a part of one, or looks like one. */
export function isRevealing(text: string, secrets: Iterable<string>): boolean {
  for (const secret of secrets) {
    if (text.includes(secret)) return true;
    if (text.length >= MIN_SECRET && secret.includes(text)) return true;
  }
  return LOOKS_SECRET.some((pattern) => pattern.test(text));
}

/** Quotes a value for a message, cut to a readable length; the caller has asked {@linkcode isRevealing} before. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}...` : text);
}

/**
 * Lists what must not be shown of the text of a secret option, or of a URL: the text, and its parts that are secret by
 * themselves. Texts of fewer than four characters are left out.
 */
export function secretsIn(text: string): readonly string[] {
  const found = [text.trim()];
  for (const [, key] of text.matchAll(/SharedAccess(?:Key|Signature)\s*=\s*["']?([^;"'\s]+)/gi)) found.push(key ?? "");
  found.push(...userInfo(text));
  return [...new Set(found)].filter((secret) => secret.length >= MIN_SECRET);
}

/** What {@linkcode userInfoOf} finds in each URL of a list with commas between them. */
export function userInfo(urls: string): readonly string[] {
  return [...new Set(urls.split(/,\s*(?=[a-z][a-z0-9+.-]*:\/\/)/i).flatMap(userInfoOf))];
}

/** The password of a URL and its user information whole, as written and decoded; none where there is no `@`. */
function userInfoOf(url: string): readonly string[] {
  const written = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i.exec(url.trim())?.[1];
  if (written === undefined) return [];
  const password = written.slice(written.indexOf(":") + 1);
  return [...new Set([written, password, decoded(written), decoded(password)])]
    .filter((secret) => secret.length >= MIN_SECRET);
}

// Unlike decodeURIComponent, a query does not throw where the escapes are damaged.
function decoded(text: string): string {
  const query = new URLSearchParams(`x=${text.replaceAll("+", "%2B").replaceAll("&", "%26")}`);
  return query.get("x") ?? text;
}
