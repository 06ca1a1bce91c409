import { assert, assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { finalStage } from "../../scripts/dockerfile.ts";
import { documents, exists, SHUTDOWN_SECS, text, variableProblems, yaml } from "../support/deploy.ts";

interface Named {
  readonly name: string;
  readonly value: string;
}

interface Container extends Readonly<Record<string, unknown>> {
  readonly image: string;
  readonly env: readonly Named[];
  readonly envFrom: readonly {
    readonly configMapRef?: { readonly name: string };
    readonly secretRef?: { readonly optional: boolean };
  }[];
  readonly resources: Readonly<Record<"limits" | "requests", Readonly<Record<string, string>>>>;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Pod {
  readonly containers: readonly [Container];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
}

interface StatefulSet {
  readonly spec: {
    readonly replicas: number;
    readonly serviceName: string;
    readonly template: { readonly spec: Pod };
    readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
  };
}

interface Kustomization {
  readonly resources: readonly string[];
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
  readonly configMapGenerator: readonly { readonly name: string; readonly literals: readonly string[] }[];
  readonly labels: readonly { readonly pairs: Readonly<Record<string, string>> }[];
}

interface Service {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly clusterIP: string; readonly ports: readonly { readonly port: number }[] };
}

interface PodMonitor {
  readonly spec: {
    readonly podMetricsEndpoints: readonly { readonly port: string }[];
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  };
}

const BASE = "deploy/kubernetes/base/";
const kustomization = await yaml<Kustomization>(`${BASE}kustomization.yaml`);
const statefulSet = await yaml<StatefulSet>(`${BASE}statefulset.yaml`);
const service = await yaml<Service>(`${BASE}service.yaml`);
const pod = statefulSet.spec.template.spec;
const [container] = pod.containers;
const variable = (name: string) => container.env.find((each) => each.name === name)?.value;
const stage = finalStage(await text("Dockerfile"));

Deno.test("kustomization.yaml names files that are there, of one object each, and the image of this version", async () => {
  for (const path of kustomization.resources) {
    assert(await exists(`${BASE}${path}`), path);
    assertEquals(await documents(`${BASE}${path}`), 1, path);
  }
  assertEquals(kustomization.images[0]?.name, container.image);
  assertEquals(kustomization.images[0]?.newTag, project.version);
});

Deno.test("the StatefulSet and its ConfigMap set variables of the program to values that it takes", () => {
  const literals = (kustomization.configMapGenerator[0]?.literals ?? []).map((each) => each.split(/=(.*)/s));
  const own = container.env.map(({ name, value }) => [name, value]);
  const variables = Object.fromEntries([...literals, ...own]);
  assert(Object.keys(variables).length > 5);
  assertEquals(variableProblems(variables), []);
  assertEquals(container.envFrom[0]?.configMapRef?.name, kustomization.configMapGenerator[0]?.name);
  // Names alone: the values come from a Secret that is made by hand.
  assertEquals(container.envFrom[1]?.secretRef?.optional, true);
});

Deno.test("the StatefulSet runs one instance as the image's user, without privileges, on a read-only root", () => {
  assertEquals(statefulSet.spec.replicas, 1);
  const { runAsNonRoot, runAsUser, runAsGroup, seccompProfile } = pod.securityContext;
  assertEquals([runAsNonRoot, `${runAsUser}:${runAsGroup}`], [true, stage.user]);
  assertEquals(seccompProfile, { type: "RuntimeDefault" });
  assertEquals(container["securityContext"], {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  assertEquals(pod.automountServiceAccountToken, false);
  assert(pod.terminationGracePeriodSeconds > SHUTDOWN_SECS);
  assert("memory" in container.resources.limits && "cpu" in container.resources.requests);
});

Deno.test("the StatefulSet keeps the cursor on a volume of its own", () => {
  const [mount] = container.volumeMounts;
  assertEquals(statefulSet.spec.volumeClaimTemplates[0]?.metadata.name, mount?.name);
  const cursorFile = variable("BLUESKY_CURSOR_FILE");
  assert(cursorFile?.startsWith(`${mount?.mountPath}/`));
  assertEquals(cursorFile, stage.env["BLUESKY_CURSOR_FILE"]);
});

Deno.test("probes, service and PodMonitor use the metrics port, which listens to the pod's network", async () => {
  const port = variable("METRICS_PORT");
  assertEquals(container["ports"], [{ name: "metrics", containerPort: Number(port) }]);
  const probes = [["startupProbe", "/livez"], ["livenessProbe", "/livez"], ["readinessProbe", "/readyz"]] as const;
  for (const [probe, path] of probes) {
    assertEquals((container[probe] as { httpGet?: unknown }).httpGet, { path, port: "metrics" });
  }
  assertEquals(service.spec.ports[0]?.port, Number(port));
  assertEquals([service.metadata.name, service.spec.clusterIP], [statefulSet.spec.serviceName, "None"]);
  const monitor = await yaml<PodMonitor>("deploy/kubernetes/monitoring/podmonitor.yaml");
  assertEquals(monitor.spec.podMetricsEndpoints[0]?.port, "metrics");
  assertEquals(monitor.spec.selector.matchLabels, kustomization.labels[0]?.pairs);
  assertEquals(variable("METRICS_HOST"), "0.0.0.0");
});
