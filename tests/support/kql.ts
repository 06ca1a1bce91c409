/**
 * As much of the Kusto Query Language as the script has, to see what its views and functions make of events: no engine
 * runs here. What it does not know is an error.
 *
 * @module
 */

/** A row; a text is never null, as in Kusto. */
export type KqlRow = Readonly<Record<string, unknown>>;

/** What a name stands for: the rows of a table, or a query. */
export type KqlNames = ReadonlyMap<string, readonly KqlRow[] | string>;

/** The rows that a query gives. */
export function queryRows(query: string, names: KqlNames): readonly KqlRow[] {
  return new Query(query, names).rows();
}

const TOKEN = /\s*(?:(@?'[^']*')|\['(\w+)'\]|(datetime\([^)]+\))|([\d.]+)|([A-Za-z_]\w*(?:-away)?)|(==|[|().,>*=]))/y;

interface Token {
  readonly kind: "text" | "name" | "datetime" | "number" | "word" | "sign" | "end";
  readonly value: string;
}

function tokensOf(query: string): Token[] {
  const kinds = ["text", "name", "datetime", "number", "word", "sign"] as const;
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; query.slice(at).trim() !== ""; at = TOKEN.lastIndex) {
    const match = TOKEN.exec(query);
    if (match === null) throw new SyntaxError(`Cannot read ${query.slice(at, at + 40)}`);
    const index = kinds.findIndex((_, i) => match[i + 1] !== undefined);
    tokens.push({ kind: kinds[index] ?? "end", value: match[index + 1] ?? "" });
  }
  return tokens;
}

type Expression = (row: KqlRow) => unknown;

const FUNCTIONS: { readonly [name: string]: (...values: never[]) => unknown } = {
  tostring: (value: unknown) => value === null || value === undefined ? "" : String(value),
  tolong: (value: unknown) => value ?? null,
  tobool: (value: unknown) => value ?? null,
  todynamic: (value: unknown) => value ?? null,
  strcat: (...texts: string[]) => texts.join(""),
  strcmp: (one: string, other: string) => one < other ? -1 : one > other ? 1 : 0,
  replace_regex: (text: string, pattern: string, by: string) => text.replaceAll(new RegExp(pattern, "g"), by),
  isempty: (text: unknown) => text === "",
  isnull: (value: unknown) => value === null,
};

class Query {
  readonly #tokens: readonly Token[];
  readonly #names: KqlNames;
  #at = 0;

  constructor(query: string, names: KqlNames) {
    this.#tokens = tokensOf(query);
    this.#names = names;
  }

  rows(): readonly KqlRow[] {
    const rows = this.#pipeline();
    if (this.#next.kind !== "end") throw new SyntaxError(`Cannot read on at ${JSON.stringify(this.#next)}`);
    return rows;
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", value: "" };
  }

  #take(value?: string): string {
    const { value: taken } = this.#next;
    if (value !== undefined && taken !== value) throw new SyntaxError(`Expected ${value}, not ${taken}`);
    this.#at++;
    return taken;
  }

  #takes(value: string): boolean {
    if (this.#next.value !== value || this.#next.kind === "text") return false;
    this.#at++;
    return true;
  }

  #pipeline(): readonly KqlRow[] {
    const name = this.#take();
    if (this.#takes("(")) this.#take(")");
    const meant = this.#names.get(name);
    if (meant === undefined) throw new ReferenceError(`Nothing is named ${name}`);
    let rows = typeof meant === "string" ? queryRows(meant, this.#names) : meant;
    while (this.#takes("|")) rows = this.#operator(rows);
    return rows;
  }

  #nested(): readonly KqlRow[] {
    this.#take("(");
    const rows = this.#pipeline();
    this.#take(")");
    return rows;
  }

  #operator(rows: readonly KqlRow[]): readonly KqlRow[] {
    const name = this.#take();
    switch (name) {
      case "where": {
        const holds = this.#or();
        return rows.filter((row) => holds(row) === true);
      }
      case "extend": {
        const made = this.#columns();
        return rows.map((row) => ({ ...row, ...made(row) }));
      }
      case "project":
        return rows.map(this.#columns());
      case "project-away": {
        const away = this.#list();
        return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !away.includes(column))));
      }
      case "union":
        return [...rows, ...this.#nested()];
      case "join":
        return this.#join(rows);
      case "summarize":
        return this.#summarize(rows);
      default:
        throw new SyntaxError(`Cannot run ${name}`);
    }
  }

  #list(): string[] {
    const names = [this.#take()];
    while (this.#takes(",")) names.push(this.#take());
    return names;
  }

  #columns(): (row: KqlRow) => KqlRow {
    const columns: [string, Expression][] = [];
    do {
      const name = this.#take();
      columns.push([name, this.#takes("=") ? this.#or() : (row) => columnOf(row, name)]);
    } while (this.#takes(","));
    return (row) => Object.fromEntries(columns.map(([name, value]) => [name, value(row)]));
  }

  #join(left: readonly KqlRow[]): KqlRow[] {
    for (const word of ["kind", "=", "leftouter"]) this.#take(word);
    const right = this.#nested();
    this.#take("on");
    const key = this.#take();
    const columns = Object.keys(right[0] ?? {});
    const byKey = Map.groupBy(right, (row) => columnOf(row, key));
    // Texts that are missing are empty.
    const none = Object.fromEntries(columns.map((name) => [name, name === "until" ? null : ""]));
    return left.flatMap((row) =>
      (byKey.get(columnOf(row, key)) ?? [none]).map((other) => ({
        ...row,
        ...Object.fromEntries(columns.map((name) => [name in row ? `${name}1` : name, other[name]])),
      }))
    );
  }

  #summarize(rows: readonly KqlRow[]): KqlRow[] {
    const name = this.#take();
    const aggregate = this.#takes("=") ? this.#take() : name;
    this.#take("(");
    const value = this.#or();
    if (aggregate === "arg_max") { for (const sign of [",", "*"]) this.#take(sign); }
    else if (aggregate !== "max") throw new SyntaxError(`Cannot run ${aggregate}`);
    for (const word of [")", "by"]) this.#take(word);
    const key = this.#take();
    return [...Map.groupBy(rows, (row) => columnOf(row, key)).values()].map((group) => {
      const greatest = group.reduce((one, other) => String(value(one)) < String(value(other)) ? other : one);
      return aggregate === "arg_max" ? greatest : { [key]: greatest[key], [name]: value(greatest) };
    });
  }

  #or(): Expression {
    const first = this.#and();
    const all = [first];
    while (this.#takes("or")) all.push(this.#and());
    return all.length === 1 ? first : (row) => all.some((each) => each(row) === true);
  }

  #and(): Expression {
    const first = this.#comparison();
    const all = [first];
    while (this.#takes("and")) all.push(this.#comparison());
    return all.length === 1 ? first : (row) => all.every((each) => each(row) === true);
  }

  #comparison(): Expression {
    const left = this.#value();
    if (this.#takes("==")) {
      const right = this.#value();
      return (row) => left(row) === right(row);
    }
    if (this.#takes(">")) {
      const right = this.#value();
      // Texts have no order in Kusto; times do, which are texts here.
      return (row) => (left(row) as string) > (right(row) as string);
    }
    if (!this.#takes("in")) return left;
    this.#take("(");
    const values = [this.#value()];
    while (this.#takes(",")) values.push(this.#value());
    this.#take(")");
    return (row) => values.some((each) => each(row) === left(row));
  }

  #value(): Expression {
    const { kind } = this.#next;
    const value = this.#take();
    if (kind === "text") return () => value.replace(/^@?'|'$/g, "");
    if (kind === "number") return () => Number(value);
    if (kind === "datetime") return () => value.slice("datetime(".length, -1);
    if (kind === "word" && this.#takes("(")) {
      const run = FUNCTIONS[value];
      if (run === undefined) throw new ReferenceError(`No function is named ${value}`);
      const values = [this.#or()];
      while (this.#takes(",")) values.push(this.#or());
      this.#take(")");
      return (row) => run(...values.map((each) => each(row)) as never[]);
    }
    if (!this.#takes(".")) return (row) => columnOf(row, value);
    const member = this.#take();
    return (row) => (columnOf(row, value) as KqlRow)[member];
  }
}

function columnOf(row: KqlRow, name: string): unknown {
  if (!(name in row)) throw new ReferenceError(`No column is named ${name}`);
  return row[name];
}
