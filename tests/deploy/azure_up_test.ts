import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import container from "../../azure-template.json" with { type: "json" };
import pipeline from "../../deploy/azure/pipeline.json" with { type: "json" };
import { exists, text } from "../support/deploy.ts";

interface Resource {
  readonly type: string;
  readonly apiVersion: string;
  readonly condition?: string;
  readonly scope?: string;
  readonly dependsOn?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

const RESOURCES: readonly Resource[] = pipeline.resources;
const ROOT = new URL("../../", import.meta.url).pathname;
const ignore = Deno.build.os === "windows";
const CONNECTION = "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=secret;EntityPath=es";

/** Stands for the Azure CLI: notes each call, keeps what `NAME=@FILE` names, and answers for outputs. */
const STUB = `#!/bin/sh
printf -- '%s\\n' "--call--" "$@" >>"$STUB_FOLDER/calls"
for each; do
  case "$each" in
    *=@*) cp "\${each#*=@}" "$STUB_FOLDER/\${each%%=*}" ;;
    properties.outputs.*) echo "<\${each}>" ;;
  esac
done
case "$*" in
  "account show"*) exit "$STUB_LOGIN" ;;
  *"$STUB_FAILS"*) exit 1 ;;
esac
`;

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The arguments of each call of az. */
  readonly calls: readonly (readonly string[])[];
  /** What stood in the files of parameters. */
  readonly files: Readonly<Record<string, string>>;
}

/** Runs deploy/azure/up.sh with a stub of az. */
async function up(
  args: readonly string[],
  { login = 0, fails = "nothing" }: { readonly login?: number; readonly fails?: string } = {},
): Promise<Run> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/az`, STUB, { mode: 0o755 });
    await Deno.writeTextFile(`${folder}/secret`, `${CONNECTION}\n`);
    const env = {
      PATH: `${folder}:${Deno.env.get("PATH") ?? ""}`,
      STUB_FOLDER: folder,
      STUB_LOGIN: String(login),
      STUB_FAILS: fails,
    };
    const given = args.map((each) => each.replace("FOLDER", folder));
    const command = new Deno.Command("sh", { args: [`${ROOT}deploy/azure/up.sh`, ...given], env });
    const { code, stdout, stderr } = await command.output();
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`).catch(() => null);
    const calls = (await read("calls") ?? "").split("--call--\n").slice(1);
    const files: Record<string, string> = {};
    for (const name of ["tables", "connectionString"]) {
      const kept = await read(name);
      if (kept !== null) files[name] = kept;
    }
    return {
      code,
      stdout: new TextDecoder().decode(stdout),
      stderr: new TextDecoder().decode(stderr),
      calls: calls.map((call) => call.trimEnd().split("\n")),
      files,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The parameters of the deployment of a name, and its template. */
function deployment({ calls }: Run, name: string) {
  const call = calls.find((each) => each.slice(0, 3).join(" ") === "deployment group create" && each.includes(name));
  if (call === undefined) return null;
  const after = (flag: string) => call[call.indexOf(flag) + 1] ?? "";
  const parameters = call.slice(call.indexOf("--parameters") + 1).map((each) => each.split(/=(.*)/s).slice(0, 2));
  return { template: after("--template-file"), group: after("--resource-group"), parameters } as const;
}

/** Fails unless a template takes these parameters, and gets each that has no default. */
function assertTaken(
  parameters: readonly (readonly string[])[],
  declared: Readonly<Record<string, { readonly defaultValue?: unknown }>>,
): void {
  const names = parameters.map(([name]) => name ?? "");
  assertEquals(names.filter((name) => !Object.hasOwn(declared, name)), []);
  const wanted = Object.keys(declared).filter((name) => declared[name]?.defaultValue === undefined);
  assertEquals(wanted.filter((name) => !names.includes(name)), []);
}

Deno.test({
  name: "up.sh makes group, hub, tables and container in this order, by one command",
  ignore,
  async fn() {
    const run = await up(["--location", "westeurope"]);
    assertEquals(run.code, 0, run.stderr);
    const verbs = run.calls.map((call) => call.slice(0, 3).filter((each) => !each.startsWith("--")).join(" "));
    assertEquals(verbs.filter((verb, index) => verb !== verbs[index - 1]), [
      "account show",
      "provider register",
      "group create",
      "deployment group create",
      "deployment group show",
      "deployment group create",
    ]);
    const made = deployment(run, "pipeline");
    assertEquals([made?.template, made?.group], [`${ROOT}deploy/azure/pipeline.json`, "bluesky-firehose"]);
    assertTaken(made?.parameters ?? [], pipeline.parameters);
    const producer = deployment(run, "producer");
    assertEquals(producer?.template, `${ROOT}azure-template.json`);
    assertTaken(producer?.parameters ?? [], container.parameters);
    assertEquals(Object.fromEntries(producer?.parameters ?? []), {
      name: "bluesky-firehose",
      // What the tables need, by docs/recipes/kusto.md.
      events: "records,deletes,account",
      identityId: "<properties.outputs.identityId.value>",
      eventHubsNamespace: "<properties.outputs.namespace.value>",
      kafkaTopic: "<properties.outputs.hub.value>",
    });
    assertStringIncludes(run.stdout, "<properties.outputs.queryUrl.value>");
    assertStringIncludes(run.stdout, "az group delete --name bluesky-firehose");
  },
});

Deno.test({
  name: "up.sh registers the provider of every resource, and asks for outputs that there are",
  ignore,
  async fn() {
    const run = await up(["--location", "westeurope"]);
    const registered = run.calls.filter((call) => call[0] === "provider").map((call) => call[3] ?? "");
    const used = [...pipeline.resources, ...container.resources].map(({ type }) => type.split("/")[0] ?? "");
    // Microsoft.Authorization is part of every subscription.
    const needed = [...new Set(used)].filter((each) => each !== "Microsoft.Authorization");
    assertEquals(registered.toSorted(), needed.toSorted());
    const asked = run.calls.flat().flatMap((each) => /^properties\.outputs\.(\w+)\.value$/.exec(each)?.[1] ?? []);
    assertEquals(asked.filter((name) => !Object.hasOwn(pipeline.outputs, name)), []);
    assertEquals(asked.length, 4);
  },
});

Deno.test({
  name: "up.sh makes the tables of schemas/bluesky.kql, by verbs that Azure's script takes",
  ignore,
  async fn() {
    const { files } = await up(["--location", "westeurope"]);
    const [first, ...rest] = (await text("schemas/bluesky.kql")).split("\n");
    assertMatch(first ?? "", /^\.execute database script/);
    assertEquals(files["tables"], rest.join("\n"));
    const verbs = new Set(files["tables"]?.match(/^\.[\w-]+/gm));
    assert(verbs.size > 2);
    const taken = [".create", ".create-or-alter", ".create-merge", ".alter", ".alter-merge", ".add"];
    assertEquals([...verbs].filter((verb) => !taken.includes(verb)), []);
    const connection = RESOURCES.find(({ type }) => type.endsWith("/dataConnections"))?.properties;
    const [table, mapping] = [connection?.["tableName"], connection?.["mappingRuleName"]];
    assertStringIncludes(files["tables"] ?? "", `.create-merge table ['${table}'] (`);
    assertStringIncludes(files["tables"] ?? "", `table ['${table}'] ingestion json mapping "${mapping}"`);
  },
});

Deno.test({
  name: "up.sh with --no-tables makes the hub alone, and passes on what is asked for",
  ignore,
  async fn() {
    const args = ["--location", "eastus", "--name", "sky", "--collections", "*", "--events", "all", "--image", "r/i:1"];
    const run = await up([...args, "--no-tables"]);
    assertEquals(run.code, 0, run.stderr);
    assertEquals(run.files["tables"], "");
    assertEquals(run.calls.flat().includes("Microsoft.Kusto"), false);
    const { name, collections, events, image } = Object.fromEntries(deployment(run, "producer")?.parameters ?? []);
    assertEquals([name, collections, events, image], ["sky", "*", "all", "r/i:1"]);
    assertEquals(deployment(run, "producer")?.group, "sky");
  },
});

Deno.test({
  name: "up.sh with a connection string makes no hub, and shows the string in no argument",
  ignore,
  async fn() {
    const run = await up(["--location", "westeurope", "--connection-string-file", "FOLDER/secret"]);
    assertEquals(run.code, 0, run.stderr);
    assertEquals(deployment(run, "pipeline"), null);
    assertEquals(run.files["connectionString"], CONNECTION);
    assertEquals(run.calls.flat().some((each) => each.includes("SharedAccessKey")), false);
    assertTaken(deployment(run, "producer")?.parameters ?? [], container.parameters);
  },
});

for (
  const [why, args, options, code, said, calls] of [
    ["there is no region", [], {}, 2, "Missing --location", 0],
    ["an argument is unknown", ["--fast"], {}, 2, '"--fast"', 0],
    ["a value is missing", ["--location"], {}, 2, "Missing value for --location", 0],
    ["the name is no name", ["--location", "x", "--name", "A_b"], {}, 2, '"A_b"', 0],
    ["the file is missing", ["--location", "x", "--connection-string-file", "FOLDER/no"], {}, 2, "Cannot read", 0],
    ["az is not logged in", ["--location", "x"], { login: 1 }, 1, "az login", 1],
  ] as const
) {
  Deno.test({
    name: `up.sh makes nothing when ${why}`,
    ignore,
    async fn() {
      const run = await up(args, options);
      assertEquals([run.code, run.calls.length], [code, calls], run.stderr);
      assertStringIncludes(run.stderr, said);
    },
  });
}

Deno.test({
  name: "up.sh ends at the first call that fails, and leaves no container without a hub",
  ignore,
  async fn() {
    const run = await up(["--location", "westeurope"], { fails: "--name pipeline" });
    assertEquals(run.code, 1);
    assertEquals(deployment(run, "producer"), null);
    assertEquals(run.stdout.includes("Done"), false);
  },
});

Deno.test("pipeline.json declares what it uses, uses what it declares, and makes what a resource needs before it", async () => {
  const source = await text("deploy/azure/pipeline.json");
  const called = (
    call: string,
  ) => [...new Set([...source.matchAll(new RegExp(`${call}\\('([^']+)'\\)`, "g"))].map(([, name]) => name ?? ""))];
  assertEquals(called("parameters").toSorted(), Object.keys(pipeline.parameters).toSorted());
  assertEquals(called("variables").toSorted(), Object.keys(pipeline.variables).toSorted());
  for (const { metadata } of Object.values(pipeline.parameters)) assertMatch(metadata.description, /^[A-Z].*\.$/);
  const types = pipeline.resources.map(({ type }) => type);
  const ids: Readonly<Record<string, string>> = pipeline.variables;
  for (const { type, dependsOn = [] } of RESOURCES) {
    for (const each of dependsOn) {
      const expression = each.replace(/^\[variables\('(\w+)'\)\]$/, (_, name: string) => ids[name] ?? "");
      const [, needed = ""] = /'(Microsoft\.[\w/]+)'/.exec(expression) ?? [];
      assert(types.includes(needed) && needed !== type, `${type} depends on ${each}`);
    }
    // The parent of a child, where the template makes it.
    const parent = type.split("/").slice(0, -1).join("/");
    if (types.includes(parent)) assert(dependsOn.length > 0, type);
  }
});

Deno.test("pipeline.json makes no key: the producer may send and read, Azure Data Explorer may read, and nobody else", () => {
  const namespace = RESOURCES.find(({ type }) => type === "Microsoft.EventHub/namespaces");
  assertEquals(namespace?.properties?.["disableLocalAuth"], true);
  const roles = RESOURCES.filter(({ type }) => type === "Microsoft.Authorization/roleAssignments");
  const granted = roles.map(({ properties, scope }) => {
    const role = /variables\('(\w+)'\)\)/.exec(String(properties?.["roleDefinitionId"]))?.[1];
    const who = /reference\(variables\('(\w+)'\)/.exec(String(properties?.["principalId"]))?.[1];
    return [scope, role, who];
  });
  assertEquals(granted, [
    ["[variables('hubScope')]", "sender", "identityId"],
    ["[variables('hubScope')]", "receiver", "identityId"],
    ["[variables('hubScope')]", "receiver", "clusterId"],
  ]);
});

Deno.test("pipeline.json makes all of Azure Data Explorer, and its consumer group, only where there are tables", () => {
  for (const { type, condition, ...rest } of RESOURCES) {
    const isOfTables = type.startsWith("Microsoft.Kusto/") || type.endsWith("/consumergroups") ||
      JSON.stringify(rest).includes("clusterId");
    assertEquals(condition, isOfTables ? "[variables('hasTables')]" : undefined, type);
  }
});

Deno.test("the templates are compared with Azure's models in CI, and each type in them has one", async () => {
  const models = await text("tests/deploy/azure_models.py");
  for (const { type, apiVersion } of [...pipeline.resources, ...container.resources]) {
    assertStringIncludes(models, `"${type}@${apiVersion}"`);
  }
  for (const path of [".github/workflows/ci.yml", ".ci/run"]) {
    assertStringIncludes(
      await text(path),
      "tests/deploy/azure_models.py azure-template.json deploy/azure/pipeline.json",
    );
  }
  assert(await exists("tests/deploy/azure_models.txt"));
});
