import { assert, assertEquals, assertMatch } from "@std/assert";
import { observe } from "../../src/app/observe.ts";
import { ADVICE } from "../../src/cli/advice.ts";
import { FakeContext } from "../support/context.ts";
import { resolved } from "../support/resolved.ts";

const FLAGS = { output: "-", shutdownTimeout: "30" };

Deno.test("observe() says at a stop for how many events it waits, for how long, and how to stop at once", () => {
  const context = new FakeContext({}, { terminal: true, outTerminal: false });
  using observation = observe(resolved(FLAGS), context, ADVICE);
  observation.state.inFlightEvents = 1847;
  context.stop();
  assertMatch(context.err, /INFO {2}Stopping: waiting up to 30 s for 1,847 events; Ctrl\+C again stops now\n/);
  assertEquals(observation.state.draining, true);
});

Deno.test("observe() waits for nothing at a stop where nothing is undelivered", () => {
  const context = new FakeContext();
  using _observation = observe(resolved({ ...FLAGS, logFormat: "json" }), context, ADVICE);
  context.stop();
  assert(context.err.includes('"message":"Stopping","events":0,"waitSeconds":0'), context.err);
});

Deno.test("observe() advises on how brokers are dialled only before they were reached, and while none answers", () => {
  const context = new FakeContext();
  using observation = observe(
    resolved({ ...FLAGS, output: "kafka", kafkaBootstrapServers: "b:9092", kafkaTopic: "t" }),
    context,
    ADVICE,
  );
  const { state, parts } = observation;
  const trouble = { kind: "timeout", isUnanswered: true, reason: "no answer", server: null, codes: [] } as const;
  assertMatch(parts.advise.brokers(trouble) ?? "", /--kafka-tls true/);
  assertEquals(parts.advise.brokers({ ...trouble, kind: "other", isUnanswered: false }), null);
  state.sinkOpened = true;
  assertMatch(parts.advise.brokers(trouble) ?? "", /^the broker does not answer in time/);
});

Deno.test("observe() takes its listener, timers and terminal back, also when that is done twice", () => {
  const context = new FakeContext();
  const observation = observe(resolved(FLAGS), context, ADVICE);
  observation.stopped();
  observation[Symbol.dispose]();
  context.stop();
  assertEquals(context.err.match(/Stopp/g)?.length, 1);
});
