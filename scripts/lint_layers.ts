/**
 * The import rules of the architecture, and the parts of its style that a machine can see, as a lint plugin.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url)).replaceAll("\\", "/");

/** What a folder (or file) of `src/` may import. `types` are folders from which types alone may come. */
interface Layer {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

/** The mechanism of options, as far as the options of a component need it. */
const MECHANISM = ["config/nearest.ts", "config/option.ts", "config/readers.ts", "config/secret_files.ts"];

/** What a component's options may import: the mechanism, and the words of the component. */
function optionsOf(...words: readonly string[]): Layer {
  return { values: [...MECHANISM, "text/", ...words], types: ["config/table.ts"] };
}

/**
 * The options of the components, which stand beside what they are about and are joined in `config/config.ts`. The
 * components themselves know nothing of them: what is resolved comes to them by app/ and cli/.
 */
const OPTIONS: { readonly [path: string]: Layer } = {
  "cursor/options.ts": optionsOf("cursor/resume.ts"),
  "events/options.ts": optionsOf("events/"),
  "filter/options.ts": optionsOf("events/definition.ts", "events/registry.ts", "filter/"),
  "kafka/options/": optionsOf("kafka/client/", "record/topic_template.ts"),
  "identity/options.ts": optionsOf("identity/modes.ts"),
  "lines/options.ts": optionsOf(),
  "memory/options.ts": optionsOf(),
  "pipeline/options.ts": optionsOf(),
  "telemetry/options.ts": optionsOf("telemetry/log.ts"),
  "upstream/options.ts": optionsOf(),
  "verify/options.ts": optionsOf("atproto/verify.ts", "pipeline/verdicts.ts"),
};

/** What both the program and its commands are made of. */
const PARTS = ["config/", "cursor/", "events/", "kafka/", "record/", "telemetry/", "text/", "upstream/", "version.ts"];

/** The layers, by the beginning of a path in `src/`; the longest that fits counts. Each may import from itself. */
export const LAYERS: { readonly [path: string]: Layer } = {
  "async.ts": { values: [], types: [] },
  "version.ts": { values: [], types: [] },
  "text/": { values: [], types: [] },
  "atproto/": { values: [], types: [] },
  "net/": { values: ["atproto/bytes/", "text/"], types: [] },
  "upstream/": { values: ["atproto/", "net/"], types: [] },
  "filter/": { values: ["atproto/", "text/"], types: ["events/definition.ts"] },
  "record/": { values: [], types: [] },
  "events/": {
    values: ["atproto/", "record/", "text/"],
    types: ["kafka/consumer/", "memory/repo_gap.ts", "upstream/gap.ts"],
  },
  "plane/": { values: ["atproto/", "events/", "record/"], types: ["filter/"] },
  "schemas/": { values: ["events/"], types: [] },
  "identity/": { values: ["atproto/", "cursor/files.ts", "memory/", "net/"], types: ["cursor/"] },
  "lines/": { values: ["net/connection.ts", "record/"], types: [] },
  "kafka/": { values: ["cursor/json.ts", "net/", "record/", "text/"], types: ["cursor/cursor.ts"] },
  "memory/": { values: ["atproto/", "cursor/files.ts", "cursor/lock.ts"], types: [] },
  "cursor/": { values: [], types: ["upstream/upstream.ts"] },
  "config/": { values: [], types: [] },
  "config/config.ts": { values: ["config/", ...Object.keys(OPTIONS)], types: [] },
  ...OPTIONS,
  "pipeline/": {
    values: ["atproto/", "events/", "filter/", "plane/"],
    types: ["cursor/", "memory/", "record/", "upstream/"],
  },
  "telemetry/": {
    values: [
      ...[
        "atproto/rejected.ts",
        "atproto/verify.ts",
        "filter/drops.ts",
        "identity/counts.ts",
        "memory/names.ts",
        "verify/names.ts",
      ],
      "net/connection.ts",
      "net/http_head.ts",
      "text/",
    ],
    types: ["filter/", "kafka/", "memory/", "pipeline/", "record/", "upstream/", "verify/"],
  },
  "verify/": { values: ["atproto/"], types: ["identity/"] },
  // What record writes is what simulate replays.
  "simulator/": { values: ["atproto/", "upstream/recording.ts"], types: [] },
  "app/": {
    values: [
      ...PARTS,
      "atproto/signature.ts",
      "atproto/verify.ts",
      "filter/",
      "identity/",
      "lines/",
      "memory/",
      "net/",
      "pipeline/",
      "plane/core_records.ts",
      "verify/",
    ],
    types: [],
  },
  "cli/": {
    values: [
      ...PARTS,
      "app/",
      "identity/",
      "net/fetch.ts",
      "schemas/",
      "simulator/",
    ],
    types: [],
  },
};

/** What every module may import but the pure ones. */
const COMMON = ["async.ts"];

/** Where each package may be imported, by the beginning of a path in the project. */
export const PACKAGES: { readonly [name: string]: readonly string[] } = {
  "kafkajs/src": ["src/kafka/client/kafkajs_internals.ts", "tests/"],
  "kafkajs": ["src/kafka/", "tests/", "scripts/", "bench/", "examples/"],
  "snappyjs": ["src/kafka/protocol/compression.ts", "tests/"],
  "cloudevents": ["src/events/envelope.ts", "tests/", "bench/"],
  "@atproto/sync": ["tests/", "bench/"],
  "@atproto/repo": ["src/simulator/", "tests/"],
  "@atproto/crypto": ["src/simulator/", "tests/", "bench/"],
  "@atproto/identity": ["tests/"],
  "@atproto/lex-cbor": ["src/simulator/", "tests/", "bench/"],
  "@atproto/lex-json": ["tests/"],
  "fflate": ["scripts/archive.ts", "tests/"],
  "tar": ["scripts/archive.ts"],
  "yaml": ["tests/"],
  "@std/cli": ["src/cli/args.ts", "scripts/npm_std/"],
  "@std/fs": ["src/cursor/files.ts", "scripts/npm_std/"],
  "@std/assert": ["tests/", "scripts/npm_std/"],
  "ajv": ["tests/"],
  "ajv-formats": ["tests/"],
  "avsc": ["tests/"],
};

/** Modules without a clock, a timer, chance or the runtime, so that what they give depends on what they get alone. */
export const PURE: readonly string[] = [
  "src/atproto/",
  "src/text/",
  "src/record/producer_record.ts",
  "src/filter/",
  "src/identity/cache.ts",
  "src/identity/curve.ts",
  "src/identity/document.ts",
  "src/identity/keys.ts",
  "src/identity/modes.ts",
  "src/identity/multikey.ts",
  "src/memory/journal_format.ts",
  "src/memory/key_table.ts",
  "src/memory/repo_memory.ts",
  "src/memory/subject_form.ts",
  "src/memory/subject_memory.ts",
  "src/events/",
  "src/net/address.ts",
  "src/net/proxy.ts",
  "src/net/websocket_reader.ts",
  "src/upstream/sequence.ts",
  "src/upstream/relays.ts",
  "src/upstream/seek.ts",
  "src/pipeline/dedup.ts",
  "src/pipeline/watermark.ts",
  "src/events/from_record.ts",
  "src/events/pretty.ts",
  "src/kafka/client/classify.ts",
  "src/kafka/producer/partition.ts",
];

/** What of Node's modules a pure module may import: functions of their arguments alone. */
const PURE_NODE: { readonly [module: string]: readonly string[] } = {
  "node:buffer": ["Buffer"],
  "node:crypto": ["createHash", "createPublicKey", "hash", "KeyObject", "verify"],
  "node:zlib": ["crc32"],
};

const IMPURE_GLOBALS = [
  "Deno",
  "process",
  "globalThis",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "performance",
  "fetch",
  "WebSocket",
  "crypto",
];

/** What lies outside of src/ and may be imported, by who imports it. */
const OUTSIDE: { readonly [path: string]: string } = {
  "src/version.ts": "deno.json",
  "src/plane/memory.ts": "core/layout.ts",
};

/** Why a file must not have this import, or null if it may. `path` is relative to the project. */
export function importProblem(path: string, specifier: string, typesOnly: boolean): string | null {
  if (/^(?:npm|jsr|https?):/.test(specifier)) return "specifiers stand in scripts/jsr.json; import the name it maps";
  if (!specifier.startsWith(".")) return packageProblem(path, specifier);
  const target = resolvePath(path, specifier);
  if (path.startsWith("scripts/") && target.startsWith("bench/")) {
    return "scripts/ must not import bench/; what both need stands in scripts/";
  }
  if (path.startsWith("examples/") && !target.startsWith("examples/")) {
    return "an example stands by itself, to be copied";
  }
  if (!path.startsWith("src/")) return null;
  if (!target.startsWith("src/")) {
    return OUTSIDE[path] === target ? null : `${target} is outside of src/`;
  }
  const from = path.slice("src/".length);
  const to = target.slice("src/".length);
  const name = layerOf(from);
  const layer = name === undefined ? undefined : LAYERS[name];
  if (name === undefined || layer === undefined) return `${path} is in no layer; add it to LAYERS`;
  if (COMMON.includes(to) && !isPure(path)) return null;
  const other = layerOf(to);
  if (other !== undefined && other in OPTIONS && ![other, "config/config.ts", "app/", "cli/"].includes(name)) {
    return `${name} must not import ${to}: only config/config.ts, app/ and cli/ know the options of components`;
  }
  if (other === name || layer.values.some((allowed) => to.startsWith(allowed))) return null;
  if (!layer.types.some((allowed) => to.startsWith(allowed))) return `${name} must not import ${to}`;
  return typesOnly ? null : `${name} may import only types from ${to}; write "import type"`;
}

function packageProblem(path: string, specifier: string): string | null {
  if (specifier.startsWith("node:")) return null;
  const name = Object.keys(PACKAGES).find((known) => specifier === known || specifier.startsWith(`${known}/`));
  if (name === undefined) return `"${specifier}" is in no row of PACKAGES`;
  const allowed = PACKAGES[name] ?? [];
  return allowed.some((place) => path.startsWith(place)) ? null : `"${name}" belongs to ${allowed.join(", ")} alone`;
}

function isPure(path: string): boolean {
  return PURE.some((place) => path.startsWith(place));
}

function layerOf(path: string): string | undefined {
  return Object.keys(LAYERS).filter((name) => path.startsWith(name)).sort((a, b) => b.length - a.length)[0];
}

/** The path in the project that a relative specifier means in a file. */
export function resolvePath(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** The path within the project, or null for a file that is no part of it. */
function projectPath(filename: string): string | null {
  const full = filename.replaceAll("\\", "/");
  // The project may stand in a folder that is itself named src or tests.
  const path = full.startsWith(ROOT) ? full.slice(ROOT.length) : full;
  return /^(?:(?:src|tests|scripts|bench|examples)\/|main\.ts$)/.test(path) ? path : null;
}

function importRule(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const path = projectPath(context.filename);
  if (path === null) return {};
  const check = (node: Deno.lint.Node, specifier: unknown, typesOnly: boolean) => {
    if (typeof specifier !== "string") return;
    const problem = importProblem(path, specifier, typesOnly);
    if (problem !== null) context.report({ node, message: `Cannot import "${specifier}" here: ${problem}` });
  };
  return {
    ImportDeclaration(node) {
      const allTypes = node.importKind === "type" ||
        (node.specifiers.length > 0 &&
          node.specifiers.every((each) => each.type === "ImportSpecifier" && each.importKind === "type"));
      check(node, node.source.value, allTypes);
    },
    ExportNamedDeclaration(node) {
      check(node, node.source?.value, node.exportKind === "type");
    },
    ExportAllDeclaration(node) {
      check(node, node.source.value, node.exportKind === "type");
    },
    ImportExpression(node) {
      if (node.source.type === "Literal") check(node, node.source.value, false);
      else if (path.startsWith("src/")) {
        context.report({ node, message: "Cannot import a computed name: nobody sees which module it is" });
      }
    },
    TSImportType(node) {
      const { argument } = node;
      if (argument.type === "TSLiteralType" && argument.literal.type === "Literal") {
        check(node, argument.literal.value, true);
      }
    },
  };
}

function pureRule(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const path = projectPath(context.filename);
  if (path === null || !isPure(path)) return {};
  const report = (node: Deno.lint.Node, what: string) =>
    context.report({ node, message: `Cannot use ${what} here: the module is pure; take it as an argument` });
  return {
    ImportDeclaration(node) {
      const module = node.source.value;
      if (!module.startsWith("node:") || node.importKind === "type") return;
      const allowed = PURE_NODE[module] ?? [];
      for (const each of node.specifiers) {
        const name = each.type === "ImportSpecifier" && each.imported.type === "Identifier" ? each.imported.name : "*";
        if (!allowed.includes(name)) report(node, `${name} of ${module}`);
      }
    },
    Identifier(node) {
      if (!IMPURE_GLOBALS.includes(node.name)) return;
      const { parent } = node;
      const isMember = parent.type === "MemberExpression" && parent.property === node && !parent.computed;
      if (!isMember) report(node, node.name);
    },
    "MemberExpression[object.name='Math'][property.name='random']"(node: Deno.lint.Node) {
      report(node, "Math.random");
    },
    "MemberExpression[object.name='Date'][property.name='now']"(node: Deno.lint.Node) {
      report(node, "Date.now");
    },
    "NewExpression[callee.name='Date'][arguments.length=0]"(node: Deno.lint.Node) {
      report(node, "the clock");
    },
  };
}

function styleRule(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const path = projectPath(context.filename);
  if (path === null) return {};
  const report = (node: Deno.lint.Node, message: string) => context.report({ node, message });
  const checkAccess = (node: Deno.lint.Node & { readonly accessibility?: unknown }) => {
    if (node.accessibility === "private") report(node, 'Cannot use "private": #name is wanted');
  };
  return {
    TSEnumDeclaration(node) {
      report(node, "Cannot use an enum: a union of literals or a table is wanted");
    },
    ExportDefaultDeclaration(node) {
      // Deno takes a lint plugin from the default export.
      if (path !== "scripts/lint_layers.ts") report(node, "Cannot export a default: a name is wanted");
    },
    PropertyDefinition: checkAccess,
    MethodDefinition: checkAccess,
    TSParameterProperty(node) {
      // Deno 2.9 gives this node no accessibility.
      if (/^private\b/.test(context.sourceCode.getText(node))) report(node, 'Cannot use "private": #name is wanted');
    },
    ExportNamedDeclaration(node) {
      if (node.declaration?.type !== "VariableDeclaration") return;
      for (const { init } of node.declaration.declarations) {
        if (init?.type !== "ArrowFunctionExpression") continue;
        report(init, "Cannot export an arrow function: export function is wanted");
      }
    },
    "CallExpression[callee.object.name='Deno'][callee.property.name='exit']"(node: Deno.lint.Node) {
      if (path.startsWith("src/")) report(node, "Cannot exit here: only main.ts ends the process");
    },
  };
}

/** Where flags have names; below, errors carry facts, and what to do stands in cli/advice.ts. */
const KNOWS_FLAGS = ["src/cli/", "src/config/", ...Object.keys(OPTIONS).map((path) => `src/${path}`)];

function flagsRule(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const path = projectPath(context.filename);
  if (path === null || !path.startsWith("src/") || KNOWS_FLAGS.some((place) => path.startsWith(place))) return {};
  const check = (node: Deno.lint.Node, text: unknown) => {
    const flag = typeof text === "string" ? /(?<![\w-])--[a-z][\w-]*/.exec(text)?.[0] : undefined;
    if (flag === undefined) return;
    context.report({ node, message: `Cannot name ${flag} here: cli/advice.ts says what to do about a code` });
  };
  return {
    Literal: (node) => check(node, node.value),
    TemplateElement: (node) => check(node, node.cooked),
  };
}

const plugin: Deno.lint.Plugin = {
  name: "layers",
  rules: {
    "imports": { create: importRule },
    "pure": { create: pureRule },
    "style": { create: styleRule },
    "flags": { create: flagsRule },
  },
};

export default plugin;
