import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { cacheFolder } from "../../scripts/kafka_jars.ts";
import { printable } from "../../src/text/printable.ts";
import { statusPage } from "../../src/telemetry/page/page.ts";
import { openMetricsServer } from "../../src/telemetry/server.ts";
import { Browser, type Page } from "../support/browser.ts";
import { createTopic, ownKafkaTest } from "../support/kafka.ts";
import { testNeeding } from "../support/needs.ts";
import { RunningProgram } from "../support/program.ts";
import { HOSTILE, pageInTrouble } from "../support/status_page.ts";
import { simulator } from "../support/stream.ts";
import { until } from "../support/wait.ts";

/** Where pictures of the page are left; docs/page.png is `readme.png`. */
const PICTURES = join(cacheFolder(), "page");
const SIZES = [[375, 812], [1400, 900]] as const;
const README_SIZE = [1000, 906] as const;
const SCHEMES = ["light", "dark"] as const;

/** The least contrast of any text with what is behind it (WCAG 2.2, 1.4.3). */
const LEAST_CONTRAST = `(() => {
  const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => rgb(colour).slice(0, 3).map((each) => each / 255)
    .map((each) => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
    .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return rgb(colour)[3] === 255 || element.parentElement === null ? colour : behind(element.parentElement);
  };
  let least = Infinity;
  for (const element of document.body.querySelectorAll("*")) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "")) continue;
    if (["SCRIPT", "STYLE"].includes(element.tagName)) continue;
    const pair = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => a - b);
    least = Math.min(least, (pair[1] + 0.05) / (pair[0] + 0.05));
  }
  return least;
})()`;

async function picture(page: Page, name: string): Promise<void> {
  await Deno.mkdir(PICTURES, { recursive: true });
  await Deno.writeFile(join(PICTURES, `${name}.png`), await page.screenshot(false));
}

async function textOf(page: Page, id: string): Promise<string> {
  return String(await page.evaluate(`document.getElementById("${id}").textContent`));
}

testNeeding(["chromium"], {
  name:
    "the status page is whole in a browser: narrow and wide, light and dark, hostile posts, no script, the keyboard",
  fn: async () => {
    const { parts, advance } = pageInTrouble();
    const options = { clients: 8, updateMs: 50, heartbeatMs: 1000 };
    await using server = openMetricsServer(parts.figures, {
      host: "127.0.0.1",
      port: 0,
      page: statusPage(parts, options),
    });
    await using browser = await Browser.start();
    const { page } = browser;
    const colours = new Set<unknown>();
    for (const [width, height] of SIZES) {
      for (const scheme of SCHEMES) {
        await page.show(width, height, scheme);
        await page.open(server.url);
        await until("the live page", async () => await textOf(page, "live") === "Live");
        assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width, "it scrolls sideways");
        const contrast = Number(await page.evaluate(LEAST_CONTRAST));
        assert(contrast >= 4.5 && contrast < 22, `contrast ${contrast}, ${scheme}`);
        colours.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
        await picture(page, `${width}_${scheme}`);
      }
    }
    assertEquals(colours.size, 2);
    await page.show(...README_SIZE, "light");
    await page.open(server.url);
    await until("the live page", async () => await textOf(page, "live") === "Live");
    await picture(page, "readme");

    const shown = await textOf(page, "events");
    for (const text of HOSTILE) assertStringIncludes(shown, printable(text).slice(0, 160));
    assertEquals(
      await page.evaluate("[typeof hacked, document.scripts.length, document.images.length].join()"),
      "undefined,1,0",
    );
    assertEquals(await textOf(page, "name"), "KAFKA DOWN");

    // Live: what changes comes without a reload, and the events can be reached and scrolled by keyboard.
    await page.evaluate("globalThis.before = 1");
    advance();
    await until("the change", async () => (await textOf(page, "events")).includes("the newest post"));
    assertEquals(await textOf(page, "name"), "OK");
    await until("the title", async () => await page.evaluate("document.title") === "OK – bluesky_firehose");
    const focused: unknown[] = [];
    for (let at = 0; at < 3; at++) {
      await page.press("Tab");
      focused.push(await page.evaluate("document.activeElement.id || document.activeElement.className"));
      if (at === 1) await page.press("Enter");
    }
    assertEquals(focused, ["skip", "pause", "events"]);
    assertMatch(await textOf(page, "live"), /^Paused at \d\d:\d\d:\d\d UTC$/);
    assertEquals(await page.evaluate("globalThis.before"), 1);

    const accessible = await page.accessible();
    const names = (role: string) => accessible.filter((each) => each.role === role).map(({ name }) => name);
    assertEquals(names("heading").length, 7);
    assertMatch(
      names("image").join(),
      /^Events a second by type over the last ten minutes, as lines\. [\d,]+ events\/s now/,
    );
    assertEquals(names("button"), ["Resume"]);
    assert(names("rowheader").includes("Bluesky.Feed.Like"), names("rowheader").join());
    assert(names("region").includes("State"));

    await page.scripts(false);
    await page.open(server.url);
    await page.scripts(true);
    assertMatch(await textOf(page, "live"), /^As of 2026-01-02 03:04:05 UTC; reload for newer figures$/);
    assert(Number(await page.evaluate(`document.querySelectorAll("#plot polyline").length`)) >= 5);
    assertStringIncludes(await textOf(page, "figures"), "Delivery lag");
    assertEquals(await page.evaluate(`document.getElementById("pause").hidden`), true);
    assertEquals(page.complaints, []);
  },
});

ownKafkaTest(
  "the status page shows a broker that stops, and that the program has ended",
  async (broker) => {
    await createTopic(broker, "bluesky", 2);
    const { program, url } = await simulator("--rate", "200");
    await using _simulator = program;
    const cursorFile = `${await Deno.makeTempDir()}/cursor.json`;
    await using stream = new RunningProgram([
      ...["stream", "--firehose-url", url, "--kafka-bootstrap-servers", broker.bootstrapServers],
      ...["--kafka-topic", "bluesky", "--collections", "", "--cursor-file", cursorFile, "--metrics-port", "0"],
    ]);
    const address = () => /http:\/\/127\.0\.0\.1:\d+/.exec(stream.stderr)?.[0] ?? null;
    await until("the page", () => address() !== null);
    await using browser = await Browser.start();
    const { page } = browser;
    await page.show(1400, 900, "light");
    await page.open(address() ?? "");
    await until("events", async () => (await textOf(page, "events")).includes("app.bsky.feed"));
    // What the simulated relay sends is months old.
    await until("the state", async () => await textOf(page, "name") === "BEHIND");
    assertStringIncludes(await textOf(page, "ends"), `${broker.bootstrapServers}acknowledges`);
    await broker.kill();
    await until("the outage", async () => await textOf(page, "name") === "KAFKA DOWN");
    await until("its reason", async () => /unreachable for \d+ s: \w/.test(await textOf(page, "ends")));
    assertNotEquals((await textOf(page, "figures")).match(/acknowledgement([\d,]+) events/)?.[1], "0");
    await picture(page, "broker_stopped");
    stream.kill("SIGKILL");
    await until("that it says so", async () => (await textOf(page, "live")).startsWith("No connection since "));
    // The only complaint is that of the connection that broke.
    assertEquals(page.complaints.filter((text) => !/ERR_|Failed to load/.test(text)), []);
  },
  { properties: [], port: 0 },
  ["chromium"],
);
