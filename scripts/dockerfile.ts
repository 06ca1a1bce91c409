/**
 * What the final stage of the Dockerfile says, for the check of the image and the tests of the deployment files.
 *
 * @module
 */

/** The final stage. */
export interface FinalStage {
  readonly from: string;
  readonly copies: readonly { readonly source: string; readonly target: string; readonly owner: string | null }[];
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  /** `USER:GROUP`. */
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** The command of the health check. */
  readonly health: readonly string[];
}

/**
 * Reads the instructions after the last FROM.
 *
 * @throws {Error} at an instruction that is not known here, as whatever it does would be missed
 */
export function finalStage(dockerfile: string): FinalStage {
  const lines = dockerfile.replace(/^#.*\n/gm, "").replace(/\\\n/g, " ").split("\n").map((line) => line.trim());
  const instructions = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM "))).filter((line) =>
    line !== ""
  );
  const stage = {
    from: "",
    copies: [] as { source: string; target: string; owner: string | null }[],
    env: {} as Record<string, string>,
    labels: {} as Record<string, string>,
    volumes: [] as string[],
    user: "",
    entrypoint: [] as string[],
    command: [] as string[],
    health: [] as string[],
  };
  for (const instruction of instructions) {
    const [, name = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(instruction) ?? [];
    if (name === "FROM") stage.from = rest;
    else if (name === "COPY") stage.copies.push(copyOf(rest));
    else if (name === "ENV") Object.assign(stage.env, pairsOf(rest));
    else if (name === "LABEL") Object.assign(stage.labels, pairsOf(rest));
    else if (name === "VOLUME") stage.volumes.push(...rest.split(/\s+/));
    else if (name === "USER") stage.user = rest;
    else if (name === "ENTRYPOINT") stage.entrypoint = JSON.parse(rest);
    else if (name === "CMD") stage.command = JSON.parse(rest);
    else if (name === "HEALTHCHECK") stage.health = JSON.parse(rest.replace(/^.*?CMD\s+/, ""));
    else if (name !== "ARG" && name !== "STOPSIGNAL") throw new Error(`Cannot read "${name}" of the Dockerfile`);
  }
  return stage;
}

function copyOf(text: string): { source: string; target: string; owner: string | null } {
  const words = text.split(/\s+/);
  const [source = "", target = ""] = words.filter((word) => !word.startsWith("--"));
  const owner = words.find((word) => word.startsWith("--chown="))?.slice("--chown=".length) ?? null;
  return { source, target, owner };
}

function pairsOf(text: string): Record<string, string> {
  const pairs = text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g);
  return Object.fromEntries([...pairs].map(([, name, quoted, bare]) => [name ?? "", quoted ?? bare ?? ""]));
}
