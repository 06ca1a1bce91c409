import { assert, assertEquals, assertThrows } from "@std/assert";
import { finalStage } from "../../scripts/dockerfile.ts";
import { importsOf } from "../../scripts/import_cycles.ts";
import { COMMANDS } from "../../src/cli/main.ts";
import { HEALTH_OPTIONS } from "../../src/cli/health.ts";
import { OPTIONS } from "../../src/config/config.ts";
import { variablesOf } from "../../src/config/table.ts";

const ROOT = new URL("../../", import.meta.url);
const DOCKERFILE = await Deno.readTextFile(new URL("Dockerfile", ROOT));
const STAGE = finalStage(DOCKERFILE);

Deno.test("finalStage() reads the last stage alone, over continued lines", () => {
  const stage = finalStage(
    'FROM a AS build\nENV X=1\nFROM b:1\n# note\nLABEL l.m="two words" \\\n  n=o\nENV A=1 \\\n    B=2\n' +
      'COPY --from=build --chown=1:2 /x /y\nUSER 1:2\nHEALTHCHECK --interval=3s CMD ["/y", "h"]\nENTRYPOINT ["/y"]\n',
  );
  assertEquals([stage.from, stage.user, stage.entrypoint, stage.health], ["b:1", "1:2", ["/y"], ["/y", "h"]]);
  assertEquals([stage.env, stage.labels], [{ A: "1", B: "2" }, { "l.m": "two words", n: "o" }]);
  assertEquals(stage.copies, [{ source: "/x", target: "/y", owner: "1:2" }]);
});

Deno.test("finalStage() refuses an instruction that it does not know", () => {
  assertThrows(() => finalStage("FROM a\nRUN x\n"), Error, '"RUN"');
});

Deno.test("Dockerfile sets only variables that the program knows", () => {
  const known = variablesOf(OPTIONS, HEALTH_OPTIONS);
  assertEquals(Object.keys(STAGE.env).filter((name) => !known.includes(name)), []);
});

Deno.test("Dockerfile runs stream as nonroot, keeps the cursor on a volume of that user, and checks its health", () => {
  assertEquals([STAGE.user, STAGE.command], ["65532:65532", ["stream"]]);
  const [volume] = STAGE.volumes;
  assert(volume !== undefined && STAGE.env["BLUESKY_CURSOR_FILE"]?.startsWith(`${volume}/`));
  assertEquals(STAGE.copies.find(({ target }) => target === volume)?.owner, STAGE.user);
  assertEquals(STAGE.health, [...STAGE.entrypoint, "health"]);
  assert(COMMANDS.some(({ name }) => name === "health"));
  assert(STAGE.env["METRICS_PORT"] !== undefined);
});

Deno.test("Dockerfile copies every file that the program and its build import into the stage that builds", async () => {
  const copied = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, names = ""]) =>
    names.split(" ").slice(0, -1)
  );
  const found = new Set(["main.ts", "scripts/build.ts"]);
  for (const path of found) {
    if (!path.endsWith(".ts")) continue;
    const imports = importsOf(path, await Deno.readTextFile(new URL(path, ROOT)));
    for (const each of imports) if (/\.\w+$/.test(each)) found.add(each);
  }
  assert(found.size > 100 && found.has("src/plane/core.wasm"), `${found.size}`);
  const isCopied = (path: string) =>
    copied.some((each) => each === path || (each.endsWith("/") && path.startsWith(each)));
  assertEquals([...found].filter((path) => !isCopied(path)), []);
});
