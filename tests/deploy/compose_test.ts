import { assert, assertEquals } from "@std/assert";
import { USUAL_KAFKA_VERSION } from "../../scripts/kafka_jars.ts";
import { PUBLISHED } from "../../scripts/published.ts";
import { isPermittedHost } from "../../src/telemetry/page/host.ts";
import { exists, SHUTDOWN_SECS, text, variableProblems, yaml } from "../support/deploy.ts";

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly depends_on: { readonly kafka: { readonly condition: string } };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_grace_period: string;
}

interface Compose {
  readonly services: Readonly<Record<"kafka" | "producer" | "prometheus" | "grafana", Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

interface Scraping {
  readonly scrape_configs: readonly { readonly static_configs: readonly { readonly targets: readonly string[] }[] }[];
}

const COMPOSE = await yaml<Compose>("deploy/compose.yaml");
const { kafka, producer, prometheus, grafana } = COMPOSE.services;

Deno.test("compose.yaml sets variables of the program to values that it takes", () => {
  const variables = Object.entries(producer.environment).map(([name, value]) => [name, String(value)]);
  assert(variables.length > 3);
  assertEquals(variableProblems(Object.fromEntries(variables)), []);
});

Deno.test("compose.yaml runs the producer with a read-only root, no capabilities and time to stop", () => {
  assertEquals([producer.read_only, producer.cap_drop], [true, ["ALL"]]);
  assert(Number.parseInt(producer.stop_grace_period) > SHUTDOWN_SECS);
  assertEquals(producer.volumes, ["cursor:/data"]);
});

Deno.test("compose.yaml joins the producer to the broker's inner listener, when that is healthy", () => {
  const listeners = String(kafka.environment["KAFKA_ADVERTISED_LISTENERS"]).split(",");
  assert(listeners.includes(`INSIDE://${producer.environment["KAFKA_BOOTSTRAP_SERVERS"]}`), String(listeners));
  assertEquals(producer.depends_on.kafka.condition, "service_healthy");
  assertEquals(kafka.image, `apache/kafka:${USUAL_KAFKA_VERSION}`);
});

Deno.test("compose.yaml declares its volumes, mounts what is there, and opens ports to this machine alone", async () => {
  for (const service of [kafka, producer, prometheus, grafana]) {
    for (const mount of service.volumes) {
      const [source = ""] = mount.split(":");
      if (source.startsWith("./")) assert(await exists(`deploy/${source}`), mount);
      else assert(source in COMPOSE.volumes, mount);
    }
    for (const port of service.ports ?? []) assert(String(port).startsWith("127.0.0.1:"), port);
  }
});

Deno.test("compose.yaml publishes the status page to this machine, by a Host that the page answers", () => {
  const port = producer.environment["METRICS_PORT"];
  assertEquals(producer.ports, [`127.0.0.1:${port}:${port}`]);
  const configured = String(producer.environment["METRICS_HOST"]);
  for (const name of ["localhost", "127.0.0.1"]) assert(isPermittedHost(`${name}:${port}`, configured), name);
  assertEquals(isPermittedHost(`rebound.example:${port}`, configured), false);
});

Deno.test("compose.yaml names the published image, and builds the same from the sources", () => {
  assertEquals([producer.image, producer.build], [PUBLISHED.image, ".."]);
});

Deno.test("prometheus.yaml asks the producer of compose.yaml on its metrics port", async () => {
  const { scrape_configs: jobs } = await yaml<Scraping>("deploy/prometheus.yaml");
  assertEquals(jobs[0]?.static_configs[0]?.targets, [`producer:${producer.environment["METRICS_PORT"]}`]);
  assertEquals(producer.environment["METRICS_HOST"], "0.0.0.0");
  assert(prometheus.command.includes("--config.file=/etc/bluesky/prometheus.yaml"));
  const { datasources } = await yaml<{ readonly datasources: readonly { readonly url: string }[] }>(
    "deploy/grafana/datasources/prometheus.yaml",
  );
  assertEquals(datasources[0]?.url, "http://prometheus:9090");
  assert((await text("deploy/grafana/dashboards/files.yaml")).includes("path: /etc/bluesky"));
});
