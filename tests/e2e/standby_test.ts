import { assertEquals, assertMatch } from "@std/assert";
import { ownKafkaTest } from "../support/kafka.ts";
import { RunningProgram } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";
import { until } from "../support/wait.ts";

/** Where a program with `--metrics-port 0` serves. */
async function metricsUrl(program: RunningProgram): Promise<string> {
  const pattern = /"url":"(http:[^"]+)\/metrics"/;
  await until("the metrics server", () => pattern.test(program.stderr));
  return pattern.exec(program.stderr)?.[1] ?? "";
}

async function get(url: string): Promise<[number, string]> {
  const response = await fetch(url);
  return [response.status, await response.text()];
}

ownKafkaTest(
  "stream is ready while it stands by, says so in the metrics, and takes over when it is its turn",
  async (broker) => {
    await using firehose = await simulated(2000);
    const args = ["stream", "--firehose-url", firehose.url, "--kafka-bootstrap-servers", broker.bootstrapServers]
      .concat(["--kafka-topic", "bluesky", "--create-topic", "--delivery", "exactly-once", "--standby"])
      .concat(["--metrics-port", "0"]);
    await using first = new RunningProgram(args);
    await until("the active one", () => first.stderr.includes("Reading the firehose"));
    await using second = new RunningProgram(args);
    await until("the standby", () => second.stderr.includes("Standing by"));
    const [active, standby] = [await metricsUrl(first), await metricsUrl(second)];
    assertEquals(await get(`${standby}/readyz`), [
      200,
      '{"ready":true,"reason":null,"reasons":[],"deliveryLagSeconds":0}\n',
    ]);
    assertMatch((await get(`${standby}/metrics`))[1], /^bluesky_firehose_standing_by 1$/m);
    assertMatch((await get(`${active}/metrics`))[1], /^bluesky_firehose_standing_by 0$/m);
    await first.stop();
    await until("the standby to take over", () => second.stderr.includes("Reading the firehose"));
    await until("readiness", async () => (await get(`${standby}/readyz`))[0] === 200);
    assertMatch((await get(`${standby}/metrics`))[1], /^bluesky_firehose_standing_by 0$/m);
  },
);
