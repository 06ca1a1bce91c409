import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type Event, readEvent, Trending, WINDOW_MS } from "../../examples/trending/trending.ts";
import { cacheFolder } from "../../scripts/kafka_jars.ts";
import { Browser } from "../support/browser.ts";
import type { Message } from "../support/churn.ts";
import {
  connection,
  type Filled,
  fillTopic,
  latestOf,
  type PostEvent,
  RunningExample,
  streamInto,
} from "../support/example_topic.ts";
import { kafkaTest, ownKafkaTest, type SharedKafka } from "../support/kafka.ts";
import { commitMessage } from "../support/messages.ts";
import { testNeeding } from "../support/needs.ts";
import { until } from "../support/wait.ts";

const COMMAND = "deno task trending";
const POST = "Bluesky.Feed.Post";
const SHOWN = 15;
/** Where pictures of the page are left. */
const PICTURES = join(cacheFolder(), "trending");

function post(rkey: string, rev: string, data: Event["data"], type = POST): Event {
  return { id: `did:plc:a/${rev}/app.bsky.feed.post/${rkey}`, type, data };
}

function facets(...features: readonly unknown[]): string {
  return JSON.stringify([{ index: { byteStart: 0, byteEnd: 1 }, features }]);
}

Deno.test("readEvent() takes an event from either content mode, a tombstone, and nothing else", () => {
  const data = { text: "a" };
  assertEquals(readEvent(JSON.stringify({ id: "1", type: POST, data }), {}), { id: "1", type: POST, data });
  const headers = { ce_id: new TextEncoder().encode("1").toString(), ce_type: POST };
  assertEquals(readEvent(JSON.stringify(data), { ...headers, ce_id: "1" }), { id: "1", type: POST, data });
  assertEquals(readEvent(null, { ...headers, ce_id: "1" }), { id: "1", type: POST, data: {} });
  for (const value of [null, "", "{", "5", "null", '"a"', "[]", '{"id":1,"type":"a"}', '{"id":"1"}']) {
    assertEquals(readEvent(value, {}), null, `${value}`);
  }
});

Deno.test("Trending counts each post once a hashtag and link, whatever comes again, and takes deletes off", () => {
  const trending = new Trending();
  const both = facets({ tag: "Cats" }, { uri: "https://bank.example@example.com/a#part" }, {
    uri: "javascript:alert(1)",
  });
  trending.add(post("1", "3a", { tags: ["cats", "#ＣＡＴＳ", " "], facets: both, embed_uri: "at://did:plc:b/c/1" }), 0);
  trending.add(post("2", "3b", { tags: ["cats", 5], facets: "[5,{}]", embed_uri: "https://example.com/a" }), 0);
  trending.add(post("3", "3c", { tags: ["dogs"] }), 0);
  trending.add(post("4", "3c", { tags: "dogs", facets: "{", embed_uri: null }), 0);
  const cats = { name: "cats", posts: 2 };
  const link = { name: "https://example.com/a", posts: 2 };
  assertEquals(trending.counts(0), { tags: [cats, { name: "dogs", posts: 1 }], links: [link], posts: 3, isCut: false });

  // The third loses its hashtag, the second is deleted, and older events of both come again.
  trending.add(post("3", "3d", { tags: [] }), 0);
  trending.add(post("2", "3e", {}, `${POST}.Deleted`), 0);
  trending.add(post("3", "3c", { tags: ["dogs"] }), 0);
  trending.add(post("2", "3b", { tags: ["cats"] }), 0);
  trending.add(post("1", "3f", {}, "Bluesky.Feed.Like"), 0);
  assertEquals(trending.counts(0).tags, [{ name: "cats", posts: 1 }]);
  assertEquals(trending.counts(0).posts, 1);
});

function account(did: string, time: string, data: Event["data"]): Event {
  return { id: `${did}/account/${time}`, type: "Atproto.Account", data };
}

Deno.test("Trending takes off the posts of accounts that went, for good where they were deleted", () => {
  const trending = new Trending();
  const start = Date.parse("2026-01-01T00:00:00Z");
  const [before, deleted, between, away, back] = [0, 1, 2, 3, 4].map((i) => start + i * 1000);
  const at = (ms = 0) => new Date(ms).toISOString();
  trending.add(post("1", "3a", { tags: ["cats"] }), before ?? 0);
  trending.add({ ...post("1", "3a", { tags: ["cats"] }), id: "did:plc:b/3a/app.bsky.feed.post/1" }, before ?? 0);
  const posts = () => trending.counts(start + 5000).posts;
  const tell = (ms: number | undefined, data: Event["data"]) => trending.add(account("did:plc:a", at(ms), data), start);
  tell(away, { active: false, status: "deactivated" });
  assertEquals(posts(), 1);
  // A message that is older than what is known changes nothing.
  tell(before, { active: true, status: null });
  assertEquals(posts(), 1);
  tell(back, { active: true, status: "throttled" });
  assertEquals(posts(), 2);
  trending.add(post("2", "3b", { tags: ["cats"] }), between ?? 0);
  assertEquals(posts(), 3);
  // A deletion counts though the account is back, also for a post that comes again.
  tell(deleted, { active: false, status: "deleted" });
  trending.add(post("1", "3a", { tags: ["cats"] }), before ?? 0);
  assertEquals(posts(), 2);
});

Deno.test("Trending keeps what accounts said within a bound", () => {
  const trending = new Trending();
  trending.add(post("1", "3a", { tags: ["cats"] }), 0);
  const away = { active: false, status: "takendown" };
  trending.add(account("did:plc:a", "1970-01-01T00:00:01Z", away), 0);
  assertEquals(trending.counts(0).posts, 0);
  for (let i = 0; i < 20_000; i++) trending.add(account(`did:plc:${i}`, "1970-01-01T00:00:02Z", away), 0);
  assertEquals(trending.counts(0).posts, 1);
});

Deno.test("Trending forgets what is older than the window, in whichever order it came", () => {
  const trending = new Trending();
  trending.add(post("1", "3a", { tags: ["new"] }), 1000);
  trending.add(post("2", "3a", { tags: ["old"] }), 0);
  assertEquals(trending.counts(WINDOW_MS).tags.length, 2);
  assertEquals(trending.counts(WINDOW_MS + 1).tags, [{ name: "new", posts: 1 }]);
  assertEquals(trending.counts(WINDOW_MS).tags.length, 1);
});

Deno.test("Trending keeps the newest posts when more come than fit, and says so", () => {
  const trending = new Trending();
  const long = (i: number) => `${i}`.padStart(300, "x");
  const data = (i: number) => ({ tags: [...Array.from({ length: 50 }, (_, n) => long(i * 50 + n)), "y".repeat(301)] });
  for (let i = 0; i < 5000; i++) trending.add(post(`${i}`, "3a", data(i)), i);
  const { posts, tags, isCut } = trending.counts(5000);
  // Twenty hashtags of 300 characters each; about 8 million characters are kept.
  assert(posts > 1200 && posts < 1334, `${posts}`);
  assertEquals([isCut, tags.length, tags[0]?.name.length], [true, SHOWN, 300]);
  assertEquals(trending.counts(5000 + WINDOW_MS + 1), { posts: 0, tags: [], links: [], isCut: false });
});

/** Whether the account of a post went: by its last event, or by a deletion after the post. */
function isGone({ id, time }: PostEvent, accounts: readonly PostEvent[]): boolean {
  const own = accounts.filter((each) => each.id.startsWith(`${id.split("/")[0]}/`));
  const last = own.toSorted((a, b) => a.time < b.time ? -1 : 1).at(-1);
  return last?.data["active"] === false || own.some((each) => each.data["status"] === "deleted" && each.time >= time);
}

/** What the page must show, counted from the events by themselves. */
function expected({ posts, accounts }: Filled): { tags: string[]; links: string[] } {
  const tags: string[] = [];
  const links: string[] = [];
  for (const event of latestOf(posts)) {
    if (event.type !== POST || isGone(event, accounts)) continue;
    const { data } = event;
    const marks = JSON.parse(String(data["facets"] ?? "[]")) as { features: { tag?: string; uri?: string }[] }[];
    const features = marks.flatMap((each) => each.features);
    tags.push(...new Set([...data["tags"] as string[], ...features.flatMap(({ tag }) => tag ?? [])]));
    links.push(...new Set([data["embed_uri"], ...features.map(({ uri }) => uri)].map(String).filter(isWebLink)));
  }
  return { tags: ranking(tags.map((tag) => tag.toLowerCase())), links: ranking(links) };
}

function isWebLink(text: string): boolean {
  return text.startsWith("http");
}

function ranking(names: readonly string[]): string[] {
  const counts = [...Map.groupBy(names, (name) => name)].map(([name, { length }]) => ({ name, length }));
  return counts.sort((a, b) => b.length - a.length || (a.name < b.name ? -1 : 1)).slice(0, SHOWN)
    .map(({ name, length }) => `${length} ${name}`);
}

function shown(html: string): { tags: string[]; links: string[] } {
  const rows = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, name, count]) => `${count} ${name}`);
  return {
    tags: rows(/<bdi>#([^<]*)<\/bdi><span>(\d+)</g),
    links: rows(/<a href="([^"]*)"[^>]*><bdi>[^<]*<\/bdi><\/a><span>(\d+)</g),
  };
}

async function start(
  kafka: Omit<SharedKafka, keyof AsyncDisposable>,
): Promise<{ example: RunningExample; url: string }> {
  const example = new RunningExample(COMMAND, [...connection(kafka), "--port", "0"]);
  const address = () => /http:\/\/\S+/.exec(example.stdout)?.[0];
  await until("the page", () => address() !== undefined || example.code !== null);
  return { example, url: address() ?? example.stderr };
}

kafkaTest(
  "the trending example shows what is in the topic, in both content modes, and stops by Ctrl+C",
  async (kafka) => {
    const filled = await fillTopic(kafka, 1600, 20);
    const wanted = expected(filled);
    assert(wanted.tags.length === SHOWN && wanted.links.length === SHOWN, JSON.stringify(wanted));
    assertNotEquals(wanted, expected({ ...filled, accounts: [] }));
    assert(latestOf(filled.posts).filter(({ type }) => type !== POST).length > 50);
    const { example, url } = await start(kafka);
    await using _example = example;
    const page = async () => shown(await (await fetch(url)).text());
    let seen = await page();
    await until("the counts", async () => JSON.stringify(seen = await page()) === JSON.stringify(wanted))
      .catch(() => assertEquals(seen, wanted));

    const { headers, status } = await fetch(url);
    assertEquals(status, 200);
    assertMatch(
      headers.get("content-security-policy") ?? "",
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src/,
    );
    const responses = [await fetch(`${url}other`), await fetch(url, { method: "POST" })];
    for (const response of responses) await response.body?.cancel();
    assertEquals(responses.map((each) => each.status), [404, 405]);
    assertEquals(await statusFor(url, "rebound.example"), 421);
    // Viewers have a bound; the page itself is still served.
    const viewers = await Promise.all(Array.from({ length: 17 }, () => fetch(`${url}live`)));
    assertEquals(viewers.map((each) => each.status).toSorted(), [...Array(16).fill(200), 503]);
    const [first] = viewers.filter((each) => each.status === 200);
    const { value } = await first?.body?.getReader().read() ?? {};
    assertEquals(shown(JSON.parse(new TextDecoder().decode(value).replace(/^data: /, ""))), wanted);
    assertEquals(await page(), wanted);
    example.interrupt();
    assertEquals((await example.ended()).code, 0, example.stderr);
    assertEquals(example.stderr.replace(/^Task .*\n/, ""), "");
  },
  ["long"],
);

/** The status of an answer to a request with another Host header, which fetch() does not send. */
async function statusFor(url: string, host: string): Promise<number> {
  const { hostname, port } = new URL(url);
  using socket = await Deno.connect({ hostname, port: Number(port) });
  await socket.write(new TextEncoder().encode(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`));
  const bytes = new Uint8Array(100);
  const length = await socket.read(bytes) ?? 0;
  return Number(/^HTTP\/1\.1 (\d+)/.exec(new TextDecoder().decode(bytes.subarray(0, length)))?.[1]);
}

testNeeding(["long"], {
  name: "the trending example says what is wrong: arguments, a port that is taken, a broker that is not there",
  fn: async () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const port = String((taken.addr as Deno.NetAddr).port);
    for (
      const [args, text] of [
        [["--port", port], `Cannot listen on port ${port}`],
        [["--port", "0", "--kafka-bootstrap-servers", "127.0.0.1:1"], "Kafka is unreachable at 127.0.0.1:1: "],
        [["--topic", "x"], "Unknown option '--topic'"],
      ] as const
    ) {
      await using example = new RunningExample(COMMAND, args);
      assertEquals((await example.ended()).code, 1);
      assertStringIncludes(example.stderr, text);
      assertEquals(example.stderr.match(/ {4}at /g), null, example.stderr);
    }
  },
});

kafkaTest("the trending example names a topic that does not exist, and creates none", async (kafka) => {
  for (let i = 0; i < 2; i++) {
    const { example, url } = await start(kafka);
    await using _example = example;
    assertStringIncludes(url, `Error: Topic "${kafka.topic}" does not exist at ${kafka.bootstrapServers}\n`);
    assertEquals((await example.ended()).code, 1);
  }
}, ["long"]);

const HOSTILE_TAGS = [
  "<img src=x onerror=hacked=1>",
  '"><script>hacked=1</script>',
  "</script><svg onload=hacked=1>",
  "\u202eabc\u0000&amp;",
];
const HOSTILE_LINKS = [
  "javascript:hacked=1",
  "data:text/html,<script>hacked=1</script>",
  'https://example.com/"onmouseover="hacked=1',
  "https://example.com/</a><script>hacked=1</script>",
];

async function hostilePost(seq: number, rev: string, action: "create" | "delete"): Promise<Message> {
  const features = [
    ...HOSTILE_TAGS.map((tag) => ({ $type: "app.bsky.richtext.facet#tag", tag })),
    ...HOSTILE_LINKS.map((uri) => ({ $type: "app.bsky.richtext.facet#link", uri })),
  ];
  const record = {
    ...{ $type: "app.bsky.feed.post", text: "a", createdAt: new Date().toISOString() },
    facets: [{ index: { byteStart: 0, byteEnd: 1 }, features }],
  };
  const op = { action, path: "app.bsky.feed.post/hostile", ...(action === "delete" ? {} : { record }) };
  return { seq, bytes: await commitMessage([op], { seq, rev, time: new Date().toISOString() }) };
}

kafkaTest("the trending page is good in a browser: hostile posts, live, deletes, sizes, colours", async (kafka) => {
  await fillTopic(kafka, 1000, 20);
  const { example, url } = await start(kafka);
  await using _example = example;
  await using browser = await Browser.start();
  const { page } = browser;
  const text = async () => String(await page.evaluate("document.body.innerText"));
  await page.open(url);
  await until("counts", async () => (await text()).includes("example.com"));
  await streamInto(kafka, [await hostilePost(5, "3lzzzzzzzzz22", "create")], 1, "binary");
  await until("the hostile post, without a reload", async () => (await text()).includes("onerror"));
  const tags = String(
    await page.evaluate(`[...document.querySelectorAll("bdi")].map((e) => e.textContent).join("\\n")`),
  );
  for (const tag of HOSTILE_TAGS.slice(0, 3)) assertStringIncludes(tags, tag);
  assertEquals(
    await page.evaluate("[typeof hacked, document.scripts.length, document.images.length].join()"),
    "undefined,1,0",
  );
  const links = await page.evaluate(`[...document.links].map((each) => each.protocol).join()`);
  assertMatch(String(links), /^(https:,?)+$/);

  const colours = new Set<unknown>();
  await Deno.mkdir(PICTURES, { recursive: true });
  for (const [width, height] of [[375, 812], [1400, 900]] as const) {
    for (const scheme of ["light", "dark"] as const) {
      await page.show(width, height, scheme);
      await page.open(url);
      assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width, "it scrolls sideways");
      colours.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
      await Deno.writeFile(join(PICTURES, `${width}_${scheme}.png`), await page.screenshot(false));
    }
  }
  assertEquals(colours.size, 2);
  const accessible = await page.accessible();
  assertEquals(
    accessible.filter(({ role }) => role === "heading").map(({ name }) => name),
    ["Trending on Bluesky", "Hashtags", "Links"],
  );

  await streamInto(kafka, [await hostilePost(6, "3lzzzzzzzzz23", "delete")], 1, "structured");
  await until("that the delete takes it off", async () => !(await text()).includes("onerror"));
  assertStringIncludes(await text(), "example.com");
  assertEquals(page.complaints, []);
}, ["long", "chromium"]);

ownKafkaTest("the trending page says that Kafka does not answer, and continues where it was", async (broker) => {
  const kafka = { bootstrapServers: broker.bootstrapServers, topic: "bluesky" };
  await streamInto(kafka, [await taggedPost(5, "before")], 1, "structured");
  const { example, url } = await start(kafka);
  await using _example = example;
  const text = async () => await (await fetch(url)).text();
  await until("the first post", async () => (await text()).includes("#before<"));
  await broker.kill();
  await until("that the page says so", async () => /Kafka has not answered for \d+ s/.test(await text()));
  assertStringIncludes(await text(), "#before<");
  await broker.restart();
  // It is in the topic before the example reads again.
  await streamInto(kafka, [await taggedPost(6, "meanwhile")], 1, "structured");
  await until("the second post", async () => (await text()).includes("#meanwhile<"));
  const after = await text();
  assertEquals([after.includes("#before<"), after.includes("has not answered")], [true, false]);
});

async function taggedPost(seq: number, tag: string): Promise<Message> {
  const record = { $type: "app.bsky.feed.post", text: "", createdAt: new Date().toISOString(), tags: [tag] };
  const op = { path: `app.bsky.feed.post/${tag}`, record };
  return { seq, bytes: await commitMessage([op], { seq, time: new Date().toISOString() }) };
}
