/**
 * Every WARN and ERROR message of the log, as the source has it.
 *
 * @module
 */

/** A message as it stands in the source, with `…` for what varies; or an expression that the file does not resolve. */
export interface LogMessage {
  readonly path: string;
  readonly text: string;
}

/** What stands for a part that varies. */
const VARIES = "…";
const LEVELS = ["warn", "error"];
/** The place of the level among the arguments; the message comes next. */
const LEVEL_AT: Readonly<Record<string, number>> = { log: 0, limited: 2 };
/** Lists of texts that are logged as warnings. */
const LISTS = ["warnings"];

type Node = Deno.lint.Node;

/** The WARN and ERROR messages of a module: arguments of a log, objects with a level and a text, lists of warnings. */
export function logMessages(path: string, source: string): LogMessage[] {
  const found: Node[] = [];
  const constants = new Map<string, { readonly at: number; readonly value: Node }[]>();
  const add = (level: Node | undefined, message: Node | undefined) => {
    if (level !== undefined && message !== undefined && mayWarn(level)) found.push(message);
  };
  const mayWarn = (level: Node): boolean => {
    if (level.type === "Identifier") return valuesOf(level).some(mayWarn);
    if (level.type === "ConditionalExpression") return [level.consequent, level.alternate].some(mayWarn);
    return level.type === "Literal" && LEVELS.includes(String(level.value));
  };
  /** The nearest constant of that name before it. */
  const valuesOf = ({ name, range }: Deno.lint.Identifier): Node[] =>
    (constants.get(name) ?? []).filter(({ at }) => at < range[0]).slice(-1).map(({ value }) => value);
  const textsOf = (node: Node): string[] => {
    switch (node.type) {
      case "Literal":
        return [String(node.value)];
      case "TemplateLiteral":
        return node.quasis.reduce<string[]>((texts, { cooked }, i) => {
          const expression = node.expressions[i];
          return joined(joined(texts, [cooked]), expression === undefined ? [""] : partsOf(expression));
        }, [""]);
      case "BinaryExpression":
        return joined(textsOf(node.left as Node), textsOf(node.right as Node));
      case "ConditionalExpression":
        return [...textsOf(node.consequent), ...textsOf(node.alternate)];
      case "Identifier":
        return valuesOf(node).flatMap(textsOf);
      case "TSAsExpression":
        return textsOf(node.expression);
      default:
        return [];
    }
  };
  /** What stands between the words of a template: known words, or something that varies. */
  const partsOf = (node: Node): string[] => {
    const texts = textsOf(node);
    return texts.length === 0 ? [VARIES] : texts;
  };
  const plugin: Deno.lint.Plugin = {
    name: "messages",
    rules: {
      all: {
        create: () => ({
          VariableDeclarator({ id, init, range }) {
            if (id.type !== "Identifier" || init === null) return;
            constants.set(id.name, [...constants.get(id.name) ?? [], { at: range[0], value: init }]);
          },
          CallExpression({ callee, arguments: args }) {
            const at = LEVEL_AT[nameOf(callee)];
            if (at !== undefined) add(args[at], args[at + 1]);
            if (callee.type !== "MemberExpression" || nameOf(callee) !== "push") return;
            if (LISTS.includes(nameOf(callee.object)) && args[0] !== undefined) found.push(args[0]);
          },
          ObjectExpression({ properties }) {
            const field = (...names: readonly string[]) =>
              properties.flatMap((each) =>
                each.type === "Property" && names.includes(nameOf(each.key)) ? [each.value] : []
              )[0];
            add(field("level") as Node | undefined, field("text", "message") as Node | undefined);
          },
        }),
      },
    },
  };
  Deno.lint.runPlugin(plugin, path, source);
  return found.flatMap((node) => {
    const texts = textsOf(node);
    const [start, end] = node.range;
    return texts.length === 0
      ? [{ path, text: `{${source.slice(start, end)}}` }]
      : texts.map((text) => ({ path, text }));
  });
}

function joined(first: readonly string[], second: readonly string[]): string[] {
  return first.flatMap((one) => second.map((other) => one + other));
}

/** The last name of an expression: `log` of `log`, `this.#log` and `parts.log`. */
function nameOf(node: Node): string {
  switch (node.type) {
    case "Identifier":
    case "PrivateIdentifier":
      return node.name.replace("#", "");
    case "MemberExpression":
      return nameOf(node.property);
    case "Literal":
      return String(node.value);
    default:
      return "";
  }
}
