import { assertEquals } from "@std/assert";
import { TopicRoutes } from "../../../src/kafka/producer/topic_routes.ts";

/** Routes with a limit of two topics, and what they told. */
function routes(mayCreate: boolean, existing: readonly string[] = []) {
  const told: string[] = [];
  const open = { limit: 2, isOwn: () => true, otherOf: (topic: string) => `other than ${topic.slice(0, 1)}` };
  const made = new TopicRoutes(open, mayCreate, existing, ({ topic, to, why, reason }) => {
    told.push(`${topic} to ${to}: ${why} ${reason}`);
  });
  return { told, route: (...topics: readonly string[]) => topics.map((topic) => made.routeOf(topic)), made };
}

Deno.test("TopicRoutes makes topics up to the limit, and remembers which", () => {
  const { told, route, made } = routes(true);
  assertEquals(route("a1", "a2", "b3", "a1", "b3"), ["a1", "a2", "other than b", "a1", "other than b"]);
  assertEquals([...made.own], ["a1", "a2"]);
  assertEquals(told, ["b3 to other than b: limit null"]);
});

Deno.test("TopicRoutes counts the topics that are there, and uses them all", () => {
  const { route } = routes(true, ["a1", "a2", "a3"]);
  assertEquals(route("a3", "a4", "a1"), ["a3", "other than a", "a1"]);
});

Deno.test("TopicRoutes uses topics that are there and makes none where none is to be created", () => {
  const { told, route } = routes(false, ["a1"]);
  assertEquals(route("a1", "a2", "a2"), ["a1", "other than a", "other than a"]);
  assertEquals(told, ["a2 to other than a: missing null"]);
});

Deno.test("TopicRoutes does not ask again for a topic that the brokers refused, which takes no place of another", () => {
  const { told, route, made } = routes(true, ["a1"]);
  assertEquals(route("a2"), ["a2"]);
  assertEquals(made.refuse("a2", "refused", "collides"), "other than a");
  assertEquals(route("a2", "a3"), ["other than a", "a3"]);
  assertEquals(told, ["a2 to other than a: refused collides"]);
});

Deno.test("TopicRoutes remembers no more names than there may be, however many are made up", () => {
  const { told, route } = routes(false);
  for (let i = 0; i < 30_000; i++) route(`x${i}`);
  route("x29999");
  assertEquals(told.length, 30_000);
});
