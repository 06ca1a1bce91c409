/**
 * The expressions of an Azure template, evaluated as far as those of ours go: `[if(empty(parameters('a')), 'b', 'c')]`.
 *
 * @module
 */

/** What an expression may ask for. */
export interface ArmWorld {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, unknown>>;
  /** What Azure itself answers to `reference` and `listKeys`, by the call; null where it has no such thing. */
  readonly azure: (call: string, args: readonly unknown[]) => Readonly<Record<string, unknown>> | null;
}

/** The value of a text of a template; one without brackets is itself. */
export function evaluate(text: string, world: ArmWorld): unknown {
  const [, expression] = /^\[(?!\[)([^]*)\]$/.exec(text) ?? [];
  if (expression === undefined) return text;
  const reader = new Expression(expression);
  const tree = reader.read();
  if (!reader.atEnd) throw new Error(`Cannot read ${text}: there is more behind its end`);
  return valueOf(tree, world);
}

type Tree =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Tree[]; readonly path: readonly string[] };

class Expression {
  #rest: string;

  constructor(text: string) {
    this.#rest = text.trim();
  }

  get atEnd(): boolean {
    return this.#rest === "";
  }

  read(): Tree {
    const text = this.#take(/^'((?:[^']|'')*)'/);
    if (text !== null) return { kind: "text", text: text.replaceAll("''", "'") };
    const name = this.#take(/^(\w+)\(/);
    if (name === null) throw new Error(`Cannot read ${this.#rest}: a text or a call is wanted`);
    const args: Tree[] = [];
    while (this.#take(/^(\))/) === null) {
      args.push(this.read());
      this.#take(/^(,)/);
    }
    const path: string[] = [];
    for (let part = this.#take(/^\.(\w+)/); part !== null; part = this.#take(/^\.(\w+)/)) path.push(part);
    return { kind: "call", name, args, path };
  }

  #take(pattern: RegExp): string | null {
    const found = pattern.exec(this.#rest);
    if (found === null) return null;
    this.#rest = this.#rest.slice(found[0].length).trimStart();
    return found[1] ?? "";
  }
}

function valueOf(tree: Tree, world: ArmWorld): unknown {
  if (tree.kind === "text") return tree.text;
  return tree.path.reduce((value, name) => (value as Record<string, unknown>)[name], called(tree, world));
}

function called({ name, args }: Tree & { readonly kind: "call" }, world: ArmWorld): unknown {
  const value = (index: number) => {
    const arg = args[index];
    if (arg === undefined) throw new Error(`${name} wants more than ${index} arguments`);
    return valueOf(arg, world);
  };
  switch (name) {
    case "if":
      // The other branch is not looked at, as in Azure.
      return value(value(0) === true ? 1 : 2);
    case "and":
      return args.every((_, i) => value(i) === true);
    case "not":
      return value(0) !== true;
    case "empty":
      return value(0) === "";
    case "concat":
      return args.map((_, i) => value(i)).join("");
    case "parameters":
    case "variables": {
      const key = String(value(0));
      const found = world[name][key];
      if (found === undefined) throw new Error(`There is no ${key} in ${name}`);
      return typeof found === "string" ? evaluate(found, world) : found;
    }
    case "resourceId":
      return args.map((_, i) => value(i)).join("/");
    case "reference":
    case "listKeys": {
      const found = world.azure(name, args.map((_, i) => value(i)));
      if (found === null) throw new Error(`Azure has nothing for ${name}(${args.map((_, i) => value(i)).join()})`);
      return found;
    }
    default:
      throw new Error(`${name} is no function that is known here`);
  }
}
