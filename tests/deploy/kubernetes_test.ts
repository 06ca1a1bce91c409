import { assert, assertEquals } from "@std/assert";
import { finalStage } from "../../scripts/dockerfile.ts";
import { PUBLISHED } from "../../scripts/published.ts";
import { resolveConfig } from "../../src/config/config.ts";
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
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Pod {
  readonly containers: readonly [Container];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly automountServiceAccountToken: boolean;
  readonly enableServiceLinks: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly topologySpreadConstraints?: readonly {
    readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  }[];
}

interface Workload {
  readonly spec: { readonly replicas: number; readonly template: { readonly spec: Pod } };
}

interface StatefulSet extends Workload {
  readonly spec: Workload["spec"] & {
    readonly serviceName: string;
    readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
  };
}

interface Deployment extends Workload {
  readonly spec: Workload["spec"] & {
    readonly strategy: { readonly rollingUpdate: Readonly<Record<"maxSurge" | "maxUnavailable", number>> };
  };
}

interface Kustomization {
  readonly resources: readonly string[];
  readonly images: readonly { readonly name: string; readonly newName: string; readonly newTag: string }[];
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

interface Manifests<T extends Workload> {
  readonly kustomization: Kustomization;
  readonly workload: T;
  readonly pod: Pod;
  readonly container: Container;
  /** All that the ConfigMap and the container set. */
  readonly variables: Readonly<Record<string, string>>;
}

const FOLDER = "deploy/kubernetes/";

async function read<T extends Workload>(name: string, file: string): Promise<Manifests<T>> {
  const kustomization = await yaml<Kustomization>(`${FOLDER}${name}/kustomization.yaml`);
  const workload = await yaml<T>(`${FOLDER}${name}/${file}`);
  const pod = workload.spec.template.spec;
  const [container] = pod.containers;
  const literals = (kustomization.configMapGenerator[0]?.literals ?? []).map((each) => each.split(/=(.*)/s));
  const variables = Object.fromEntries([...literals, ...container.env.map(({ name, value }) => [name, value])]);
  return { kustomization, workload, pod, container, variables };
}

const base = await read<StatefulSet>("base", "statefulset.yaml");
const exactlyOnce = await read<Deployment>("exactly-once", "deployment.yaml");
const ALL: Readonly<Record<string, Manifests<Workload>>> = { "base": base, "exactly-once": exactlyOnce };
const stage = finalStage(await text("Dockerfile"));

Deno.test("each kustomization.yaml names files that are there, of one object each, and the image of this version", async () => {
  for (const [name, { kustomization, container }] of Object.entries(ALL)) {
    for (const path of kustomization.resources) {
      assert(await exists(`${FOLDER}${name}/${path}`), path);
      assertEquals(await documents(`${FOLDER}${name}/${path}`), 1, path);
    }
    assertEquals(kustomization.images[0]?.name, container.image);
    const [image] = kustomization.images;
    assertEquals(`${image?.newName}:${image?.newTag}`, PUBLISHED.image);
  }
});

Deno.test("each workload and its ConfigMap set variables of the program to values that it takes", () => {
  for (const { kustomization, container, variables } of Object.values(ALL)) {
    assert(Object.keys(variables).length > 5);
    assertEquals(variableProblems(variables), []);
    const resolution = resolveConfig({}, variables);
    assertEquals(resolution.kind === "errors" ? resolution.errors : [], []);
    assertEquals(container.envFrom[0]?.configMapRef?.name, kustomization.configMapGenerator[0]?.name);
    // Names alone: the values come from a Secret that is made by hand.
    assertEquals(container.envFrom[1]?.secretRef?.optional, true);
  }
});

Deno.test("each workload runs as the image's user, without privileges, on a read-only root", () => {
  for (const { pod, container } of Object.values(ALL)) {
    const { runAsNonRoot, runAsUser, runAsGroup, seccompProfile } = pod.securityContext;
    assertEquals([runAsNonRoot, `${runAsUser}:${runAsGroup}`], [true, stage.user]);
    assertEquals(seccompProfile, { type: "RuntimeDefault" });
    assertEquals(container["securityContext"], {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assertEquals(pod.automountServiceAccountToken, false);
    assertEquals(pod.enableServiceLinks, false);
    assert(pod.terminationGracePeriodSeconds > SHUTDOWN_SECS);
    assert("memory" in container.resources.limits && "cpu" in container.resources.requests);
  }
});

Deno.test("the StatefulSet runs one instance, and keeps the cursor on a volume of its own", () => {
  const { workload: { spec }, container, variables } = base;
  assertEquals(spec.replicas, 1);
  const [mount] = container.volumeMounts ?? [];
  assertEquals(spec.volumeClaimTemplates[0]?.metadata.name, mount?.name);
  const { BLUESKY_CURSOR_FILE: cursorFile } = variables;
  assert(cursorFile?.startsWith(`${mount?.mountPath}/`));
  assertEquals(cursorFile, stage.env["BLUESKY_CURSOR_FILE"]);
});

Deno.test("the Deployment runs an active instance and a standby, keeps nothing on disk, and is replaced without an end", () => {
  const { workload: { spec }, pod, container, variables, kustomization } = exactlyOnce;
  assertEquals(spec.replicas, 2);
  assertEquals([variables["BLUESKY_DELIVERY"], variables["BLUESKY_STANDBY"]], ["exactly-once", "true"]);
  assertEquals([container.volumeMounts, variables["BLUESKY_CURSOR_FILE"]], [undefined, undefined]);
  // A standby is ready, so a new one may come before an old one goes.
  assertEquals(spec.strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
  // Kustomize sets the labels of selectors, but not those of this one.
  const [spread] = pod.topologySpreadConstraints ?? [];
  assertEquals(spread?.labelSelector.matchLabels, kustomization.labels[0]?.pairs);
});

Deno.test("probes, service and PodMonitor use the metrics port, which listens to the pod's network", async () => {
  const monitor = await yaml<PodMonitor>(`${FOLDER}monitoring/podmonitor.yaml`);
  const service = await yaml<Service>(`${FOLDER}base/service.yaml`);
  for (const { kustomization, container, variables } of Object.values(ALL)) {
    const port = Number(variables["METRICS_PORT"]);
    assertEquals(container["ports"], [{ name: "metrics", containerPort: port }]);
    const probes = [["startupProbe", "/livez"], ["livenessProbe", "/livez"], ["readinessProbe", "/readyz"]] as const;
    for (const [probe, path] of probes) {
      assertEquals((container[probe] as { httpGet?: unknown }).httpGet, { path, port: "metrics" });
    }
    assertEquals(service.spec.ports[0]?.port, port);
    assertEquals(monitor.spec.podMetricsEndpoints[0]?.port, "metrics");
    assertEquals(monitor.spec.selector.matchLabels, kustomization.labels[0]?.pairs);
    assertEquals(variables["METRICS_HOST"], "0.0.0.0");
  }
  assertEquals([service.metadata.name, service.spec.clusterIP], [base.workload.spec.serviceName, "None"]);
});
