/**
 * Blots secrets out of texts that somebody else wrote: in every form in which they are sent, so that a server may repeat
 * what it got. That is as they are, or within base 64 with whatever stands around them there (a header of Basic
 * authentication, a message of SASL), and either of them as JSON, a form or a URL has it.
 *
 * @module
 */
import { escaped } from "./printable.ts";

const BLOT = "***";
/** Fewer characters of base 64 are found in harmless words. */
const MIN_CORE = 4;
/** What base 64 is written in, also that of URLs, with the escapes that its characters can have. */
const BASE64_CHARACTER = /[A-Za-z0-9+/=_%\\-]/;

/** Takes secrets out of a text. */
export type Redact = (text: string) => string;

/** Makes what takes these secrets out; empty ones are none. The forms to look for are made once. */
export function redactor(secrets: Iterable<string>): Redact {
  const all = [...new Set(secrets)].filter((secret) => secret !== "");
  const plain = new Set(all.flatMap(formsOf));
  const cores = new Set(
    all.flatMap((secret) => [secret, formEncoded(secret)]).flatMap(base64Cores)
      .flatMap((core) => [core, core.replaceAll("+", "-").replaceAll("/", "_")]).flatMap(formsOf),
  );
  return (text) => {
    const ranges = [...rangesOf(text, plain), ...widened(text, rangesOf(text, cores))];
    return ranges.length === 0 ? text : blotted(text, ranges);
  };
}

/** A part of a text, by the indices of its begin and its end. */
type Range = readonly [start: number, end: number];

function rangesOf(text: string, forms: Iterable<string>): Range[] {
  const ranges: Range[] = [];
  for (const form of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) {
      ranges.push([at, at + form.length]);
    }
  }
  return ranges;
}

/** All of the base 64 in which each range stands. */
function widened(text: string, ranges: Range[]): Range[] {
  const wide: Range[] = [];
  let last = 0;
  for (let [start, end] of ranges.sort(([a], [b]) => a - b)) {
    if (end <= last) continue;
    while (start > last && BASE64_CHARACTER.test(text[start - 1] ?? "")) start--;
    while (end < text.length && BASE64_CHARACTER.test(text[end] ?? "")) end++;
    wide.push([start, end]);
    last = end;
  }
  return wide;
}

function blotted(text: string, ranges: Range[]): string {
  let shown = "";
  let from = 0;
  for (const [start, end] of ranges.sort(([a], [b]) => a - b)) {
    if (start >= from) shown += text.slice(from, start) + BLOT;
    from = Math.max(from, end);
  }
  return shown + text.slice(from);
}

/** A text as it is, and as JSON, forms and URLs have it. */
function formsOf(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replace(/[^\x20-\x7e]/g, escaped);
  const url = [formEncoded(text), uriEncoded(text), uriEncoded(text).replaceAll("%20", "+")];
  const slashed = [json, ascii].map((form) => form.replaceAll("/", "\\/"));
  const small = url.map((form) => form.replace(/%../g, (escape) => escape.toLowerCase()));
  const capital = [ascii, ...slashed].map((form) =>
    form.replace(/\\u(....)/g, (_, digits: string) => `\\u${digits.toUpperCase()}`)
  );
  return [text, json, ascii, ...slashed, ...capital, ...url, ...small];
}

// Half of a pair of surrogates has no escape.
function uriEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/**
 * The characters of base 64 that a secret alone decides, for each place that it can have within groups of three bytes:
 * those at its ends depend on what stands around it.
 */
function base64Cores(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  return [0, 1, 2].map((before) => {
    const padded = new Uint8Array(before + bytes.length);
    padded.set(bytes, before);
    const first = Math.ceil(before * 8 / 6);
    const end = Math.floor(padded.length * 8 / 6);
    return btoa(Array.from(padded, (byte) => String.fromCharCode(byte)).join("")).slice(first, end);
  }).filter((core) => core.length >= MIN_CORE);
}

/** As forms have it, and the user and the password of a client that asks for a token (RFC 6749, section 2.3.1). */
export function formEncoded(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}

/**
 * Takes from a URL what may be secret or changes: user information, query and fragment. This form is fit for messages
 * and for the source of an event.
 */
export function publicUrl(url: string): string {
  const open = new URL(url);
  return `${open.protocol}//${open.host}${open.pathname}`;
}
