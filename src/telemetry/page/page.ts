/**
 * The status page: one HTML document with all that it needs, and the same parts again by server-sent events. It is read
 * alone: there is nothing on it that changes the program.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type HttpAnswer, type HttpRequest, textAnswer } from "../http.ts";
import { SCRIPT, STYLE } from "./assets.ts";
import { isPermittedHost } from "./host.ts";
import { LiveClients } from "./live.ts";
import { htmlDateTime, htmlText } from "./markup.ts";
import { type PageParts, sampleNow, type Sections, sectionsOf } from "./sections.ts";
import { wordsOf } from "./words.ts";

/** The page of a run. */
export interface StatusPage {
  /** Answers to `/` and `/live`; null: the path is none of the page's. */
  answer(request: HttpRequest, configuredHost: string): HttpAnswer | null;
}

/**
 * Nothing but what is in the page may run or be loaded, whatever the texts of others come to; nobody may frame it, send a
 * form from it, or read it from another site.
 */
export const PAGE_HEADERS: HttpAnswer["headers"] = {
  "content-security-policy":
    `default-src 'none'; style-src '${hashOf(STYLE)}'; script-src '${
      hashOf(SCRIPT)
    }'; connect-src 'self'; img-src data:; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
};

/** What the page is opened with. */
export interface PageOptions {
  readonly clients: number;
  /** How often what changed is sent, in milliseconds. */
  readonly updateMs: number;
  /** After so long without a change a heartbeat is sent. */
  readonly heartbeatMs: number;
}

/** Few people watch; each costs a connection, and all together one rendering every two seconds. */
export const PAGE_OPTIONS: PageOptions = { clients: 8, updateMs: 2000, heartbeatMs: 10_000 };

/** The page of a run. */
export function statusPage(parts: PageParts, options: PageOptions = PAGE_OPTIONS): StatusPage {
  const live = new LiveClients(() => ({ title: titleOf(parts), ...sectionsOf(parts) }), options, parts.clock);
  return {
    answer({ path, host }, configuredHost) {
      if (path !== "/" && path !== "/live") return null;
      if (!isPermittedHost(host, configuredHost)) {
        return textAnswer(403, "expected an IP address, localhost, or the configured host of this port as the Host\n");
      }
      if (path === "/") return textAnswer(200, documentOf(parts), { ...PAGE_HEADERS, "content-type": HTML });
      const stream = live.join();
      return stream === null
        ? textAnswer(503, `expected at most ${options.clients} clients at once\n`, { "retry-after": "10" })
        : { ...textAnswer(200, "", { ...PAGE_HEADERS, "content-type": "text/event-stream" }), body: stream };
    },
  };
}

const HTML = "text/html; charset=utf-8";

function titleOf(parts: PageParts): string {
  const now = sampleNow(parts);
  return `${wordsOf(parts.figures, parts.history.before(now), now.atMs).name} – bluesky_firehose`;
}

/** The whole page. */
export function documentOf(parts: PageParts): string {
  const { metrics } = parts.figures;
  const sections = sectionsOf(parts);
  const version = metrics.buildInfo.samples().map(({ labels }) => labels.version).join("");
  const [startMs = null] = Array.from(metrics.start.samples(), ({ value }) => value * 1000);
  const lastEvents = `<div id="events" tabindex="0" role="region" aria-label="Last events">${sections.events}</div>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${htmlText(titleOf(parts))}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">To the figures</a>
<header>
<h1>bluesky_firehose</h1>
<span id="live" role="status">As of ${htmlDateTime(parts.now())} UTC; reload for newer figures</span>
<button id="pause" type="button" hidden>Pause</button>
</header>
<main id="main" tabindex="-1">
${section("State", `<p id="name" role="status">${sections.name}</p>${place("state", sections)}`, ' class="wide"')}
<div class="part">
${section("Now", place("figures", sections))}
${section("Ends", place("ends", sections))}
</div><div class="part">
${section("Events a second by type, ten minutes", place("plot", sections))}
${section("Gaps and dead letters", place("losses", sections))}
</div>
${section("Last events", lastEvents, ' class="wide"')}
</main>
<footer>Version ${htmlText(version)}, started ${htmlDateTime(startMs)} UTC.
<a href="metrics">Metrics</a> <a href="readyz">Readiness</a></footer>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function section(title: string, html: string, kind = ""): string {
  const id = `h-${title.replace(/\W+/g, "-").toLowerCase()}`;
  return `<section${kind} aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${html}</section>`;
}

function place(id: keyof Sections, sections: Sections): string {
  return `<div id="${id}">${sections[id]}</div>`;
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
