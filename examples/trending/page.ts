/**
 * The page: whole without its script, which puts newer counts in their place. Posts come from strangers, so all text is
 * escaped, and the policy (CSP) lets nothing run or load but what stands here.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Counts, Term } from "./trending.ts";

const MAX_VIEWERS = 16;
/** A fetch without news takes five seconds. */
const SILENT_MS = 15_000;

const STYLE = `
:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1100px;padding:20px 16px;font:16px/1.4 system-ui,sans-serif;
  background:light-dark(#fff,#0d1117);color:light-dark(#1a1d21,#e6edf3)}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:0 0 8px}
p{margin:4px 0 16px;color:light-dark(#57606a,#9da7b3)}p.old{color:light-dark(#b3121d,#ff8a85);font-weight:600}
#counts{display:grid;gap:16px;grid-template-columns:minmax(0,1fr)}
@media(min-width:760px){#counts{grid-template-columns:repeat(2,minmax(0,1fr))}#counts p{grid-column:1/-1}}
#counts p{margin:0}
section{border:1px solid light-dark(#d0d7de,#30363d);border-radius:10px;padding:14px 16px;
  background:light-dark(#f6f8fa,#161b22)}
ol{margin:0;padding:0;list-style:none}
li{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:2px 12px;padding:5px 0}
li>:first-child{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
li span{font-variant-numeric:tabular-nums;font-weight:600}
svg{grid-column:1/-1;width:100%;height:5px;border-radius:3px;background:light-dark(#dde3e9,#30363d)}
rect{fill:light-dark(#0b62c4,#6cb2ff)}
a{color:light-dark(#0b62c4,#6cb2ff)}a:focus-visible{outline:2px solid;outline-offset:-2px}
`;

const SCRIPT = `
const counts = document.getElementById("counts");
const source = new EventSource("live");
// What somebody points at or has tabbed to stays where it is.
source.onmessage = ({ data }) => { if (!counts.querySelector("ol:hover,:focus")) counts.innerHTML = JSON.parse(data) };
source.onerror = () => { counts.querySelector("p").className = "old";
  counts.querySelector("p").textContent = "The example has stopped: these counts are old." };
`;

const sha256 = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src ${sha256(STYLE)}; script-src ${sha256(SCRIPT)}; ` +
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/** The counts as HTML. `silentMs` is how long Kafka has not answered. */
export function countsHtml({ tags, links, posts, isCut }: Counts, nowMs: number, silentMs: number): string {
  const time = new Date(nowMs).toISOString().slice(11, 19);
  const newest = isCut ? ", the newest (no more fit into memory)" : "";
  const status = silentMs > SILENT_MS
    ? `<p class="old">Kafka has not answered for ${Math.round(silentMs / 1000)} s: these counts are old.</p>`
    : `<p>Posts with a hashtag or a link: ${posts.toLocaleString("en")}${newest}. Counted at ${time} UTC.</p>`;
  return status + section("Hashtags", tags, (tag) => `<bdi>#${escape(tag)}</bdi>`) +
    section("Links", links, (link) => {
      const shown = link.replace(/^https?:\/\/(?:www\.)?/, "").replace(/\/$/, "");
      return `<a href="${escape(link)}" rel="noopener noreferrer nofollow"><bdi>${escape(shown)}</bdi></a>`;
    });
}

function section(title: string, terms: readonly Term[], nameHtml: (name: string) => string): string {
  const most = terms[0]?.posts ?? 1;
  const rows = terms.map(({ name, posts }) => {
    const bar = `<rect width="${100 * posts / most}" height="1"/>`;
    const svg = `<svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">${bar}</svg>`;
    return `<li>${nameHtml(name)}<span>${posts}</span>${svg}</li>`;
  });
  return `<section><h2>${title}</h2>${rows.length === 0 ? "<p>None yet.</p>" : `<ol>${rows.join("")}</ol>`}</section>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Serves the page on loopback. `publish` shows newer counts to all viewers. */
export function servePage(port: number, topic: string): { url: string; publish(html: string): void; close(): void } {
  let latest = "<p>Reading the topic.</p>";
  const viewers = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const encoder = new TextEncoder();
  const closing = new AbortController();

  const server = Deno.serve({ hostname: "127.0.0.1", port, signal: closing.signal, onListen() {} }, (request) => {
    const { hostname, pathname } = new URL(request.url);
    // A site whose name resolves to this machine (DNS rebinding) must not read the page.
    if (!["127.0.0.1", "localhost"].includes(hostname)) return new Response("Unknown host\n", { status: 421 });
    if (request.method !== "GET") return new Response("Only GET\n", { status: 405 });
    if (pathname === "/live") return live();
    if (pathname !== "/") return new Response("Not found\n", { status: 404 });
    return new Response(documentHtml(topic, latest), { headers: HEADERS });
  });

  function live(): Response {
    if (viewers.size >= MAX_VIEWERS) return new Response("Too many viewers\n", { status: 503 });
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void viewers.add(own = controller),
      cancel: () => void viewers.delete(own),
    });
    return new Response(body, { headers: { ...HEADERS, "content-type": "text/event-stream" } });
  }

  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    publish(html) {
      latest = html;
      // A slow viewer misses some counts; the next ones are whole again.
      const line = encoder.encode(`data: ${JSON.stringify(html)}\n\n`);
      for (const viewer of viewers) if ((viewer.desiredSize ?? 0) > 0) viewer.enqueue(line);
    },
    close: () => closing.abort(),
  };
}

function documentHtml(topic: string, counts: string): string {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Trending on Bluesky</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>${STYLE}</style></head><body><h1>Trending on Bluesky</h1>
<p>The last ten minutes of the Kafka topic ${escape(topic)}</p>
<main id="counts">${counts}</main><script>${SCRIPT}</script></body></html>`;
}
