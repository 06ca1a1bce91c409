import { assert, assertEquals, assertMatch } from "@std/assert";
import { finalStage } from "../../scripts/dockerfile.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { type ArmWorld, evaluate } from "../support/arm.ts";
import { OPTION_OF, text, variableProblems } from "../support/deploy.ts";

const TEXT = await text("azure-template.json");
interface Container {
  readonly environmentVariables: readonly {
    readonly name: string;
    readonly value?: string;
    readonly secureValue?: string;
  }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly livenessProbe: { readonly exec: { readonly command: readonly string[] } };
}

interface Resource {
  readonly type: string;
  readonly identity: string;
  readonly dependsOn: readonly string[];
  readonly properties: {
    readonly containers: readonly [{ readonly properties: Container }];
    readonly volumes: readonly { readonly name: string }[];
    readonly imageRegistryCredentials: string;
    readonly diagnostics: { readonly logAnalytics: { readonly workspaceKey: string } };
  };
}

interface Template {
  readonly parameters: Readonly<Record<string, { readonly type: string; readonly defaultValue?: string | number }>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly resources: readonly Resource[];
}

const TEMPLATE: Template = JSON.parse(TEXT);
const stage = finalStage(await text("Dockerfile"));

Deno.test("each place that asks for the role to write to an event hub asks for the role to read from it", async () => {
  // A producer that lost its cursor reads the last records of the topic to find where to resume.
  let seen = 0;
  for (const path of ["azure-template.json", "CONTAINER.md", "docs/security.md", "docs/guides/event-hubs.md"]) {
    const prose = (await text(path)).replaceAll(/\s+/g, " ");
    for (const { index } of prose.matchAll(/Event Hubs Data Sender/g)) {
      assert(
        prose.slice(index, index + 150).includes("Event Hubs Data Receiver"),
        `${path}: ${prose.slice(index, index + 150)}`,
      );
      seen++;
    }
  }
  assert(seen >= 4, `${seen}`);
});

function resource(type: string): Resource {
  const found = TEMPLATE.resources.find((each) => each.type === type);
  if (found === undefined) throw new Error(`No ${type} in the template`);
  return found;
}

const group = resource("Microsoft.ContainerInstance/containerGroups");
const container = group.properties.containers[0].properties;
const variables = container.environmentVariables;

/** Names in `call('NAME')` anywhere in the template. */
function called(call: string): string[] {
  return [...new Set([...TEXT.matchAll(new RegExp(`${call}\\('([^']+)'\\)`, "g"))].map(([, name]) => name ?? ""))];
}

const CONNECTION = "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=hub";
const IDENTITY = "/subscriptions/s/identities/i";

/** The variables of the container, where these parameters are given. */
function variablesFor(given: Readonly<Record<string, string>>): Record<string, string> {
  const defaults = Object.entries(TEMPLATE.parameters).map(([name, { defaultValue }]) => [name, defaultValue]);
  const world: ArmWorld = {
    parameters: { ...Object.fromEntries(defaults), image: "i:1", ...given },
    variables: TEMPLATE.variables,
    azure: (call, [id]) => {
      if (call === "reference" && id === IDENTITY) return { clientId: "client-of-i" };
      const isRule = id === "Microsoft.EventHub/namespaces/authorizationRules/ns/bluesky-send";
      return call === "listKeys" && isRule ? { primaryConnectionString: CONNECTION } : null;
    },
  };
  return Object.fromEntries(
    variables.map(({ name, value, secureValue }) => [name, String(evaluate(value ?? secureValue ?? "", world))]),
  );
}

/** What the program makes of them. */
function kafkaFor(given: Readonly<Record<string, string>>) {
  const resolution = resolveConfig({}, variablesFor(given));
  if (resolution.kind === "errors") throw new Error(resolution.errors.join());
  return resolution.config.kafka;
}

Deno.test("azure-template.json sets variables of the program, and secrets as secure values alone", () => {
  for (const { name, secureValue } of variables) {
    const spec = OPTION_OF.get(name);
    if (spec === undefined) throw new Error(`${name} is no variable of the program`);
    assertEquals(secureValue !== undefined, spec.secret === true, name);
  }
  const own: readonly string[] = ["BLUESKY_CURSOR_FILE", "LOG_FORMAT", "METRICS_PORT", "CONNECTION_STRING"];
  for (const [name, value] of Object.entries(variablesFor({ connectionString: CONNECTION }))) {
    // What a parameter leaves alone is what the program would do by itself.
    if (!own.includes(name) && value !== "") assertEquals(value, OPTION_OF.get(name)?.default, name);
    if (name !== "CONNECTION_STRING" && value !== "") assertEquals(variableProblems({ [name]: value }), []);
  }
  assert(variables.length > 5);
});

Deno.test("azure-template.json connects by a connection string, by one that it looks up, or by an identity without any", () => {
  const byString = kafkaFor({ connectionString: CONNECTION });
  assertEquals([byString?.topic, byString?.sasl?.mechanism], ["hub", "plain"]);
  assertEquals(kafkaFor({ connectionString: CONNECTION, identityId: IDENTITY }), byString);
  assertEquals(kafkaFor({ eventHubsNamespace: "ns" }), byString);
  const byIdentity = { eventHubsNamespace: "ns", identityId: IDENTITY, kafkaTopic: "hub" };
  const kafka = kafkaFor(byIdentity);
  assertEquals([kafka?.brokers, kafka?.topic, kafka?.profile], [byString?.brokers, "hub", "event-hubs"]);
  assertEquals(kafka?.sasl, {
    mechanism: "oauthbearer",
    token: {
      kind: "managed-identity",
      endpoint: null,
      header: null,
      clientId: "client-of-i",
      scope: "https://ns.servicebus.windows.net/.default",
    },
  });
  assertEquals(variablesFor(byIdentity)["CONNECTION_STRING"], "");
});

Deno.test("azure-template.json declares what it uses and uses what it declares, in balanced expressions", () => {
  assertEquals(called("parameters").sort(), Object.keys(TEMPLATE.parameters).sort());
  assertEquals(called("variables").sort(), Object.keys(TEMPLATE.variables).sort());
  const expressions = [...TEXT.matchAll(/"(\[(?:[^"\\]|\\.)*\])"/g)].map(([, expression]) => expression ?? "");
  assert(expressions.length > 20);
  for (const expression of expressions) {
    const bare = expression.replace(/'[^']*'/g, "");
    assertEquals(bare.split("(").length, bare.split(")").length, expression);
  }
});

Deno.test("azure-template.json keeps the cursor on Azure Files, where the image has it", () => {
  const [mount] = container.volumeMounts;
  const [volume] = group.properties.volumes;
  assertEquals(mount?.name, volume?.name);
  const cursorFile = variables.find(({ name }) => name === "BLUESKY_CURSOR_FILE")?.value;
  assert(cursorFile?.startsWith(`${mount?.mountPath}/`));
  assert(stage.volumes.includes(mount?.mountPath ?? ""));
  assert(resource("Microsoft.Storage/storageAccounts/fileServices/shares") !== undefined);
});

Deno.test("azure-template.json probes by the program itself, and logs to Log Analytics", () => {
  assertEquals(container.livenessProbe.exec.command, stage.health);
  assert(variables.some(({ name }) => name === "METRICS_PORT"));
  const { logAnalytics } = group.properties.diagnostics;
  assert(logAnalytics.workspaceKey.includes("variables('workspaceId')"));
  assert(resource("Microsoft.OperationalInsights/workspaces") !== undefined);
});

Deno.test("azure-template.json takes a managed identity for the image too", () => {
  const { identityId, connectionString } = TEMPLATE.parameters;
  assertEquals([identityId?.defaultValue, connectionString?.defaultValue], ["", ""]);
  assertEquals(connectionString?.type, "securestring");
  assertMatch(group.identity, /UserAssigned/);
  assertMatch(group.properties.imageRegistryCredentials, /'identity', parameters\('identityId'\)/);
});

Deno.test("azure-template.json makes every resource before what needs it", () => {
  assertEquals(group.dependsOn.length, 2);
  assert(group.dependsOn.includes("[variables('workspaceId')]"));
  assert(group.dependsOn.some((each) => each.includes("fileServices/shares")));
});
