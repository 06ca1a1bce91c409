import { assert, assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { HEAP_FLAG, programFlags, programPermissions, programVariables } from "../../scripts/program_flags.ts";
import { OPTIONS } from "../../src/config/config.ts";
import { variablesOf } from "../../src/config/table.ts";
import { TestFolder } from "../support/folder.ts";

Deno.test("programVariables() covers every variable of the options, and no more than those of the terminal beside", () => {
  const allowed = programVariables();
  const isAllowed = (name: string) =>
    allowed.some((each) => each.endsWith("*") ? name.startsWith(each.slice(0, -1)) : name === each);
  for (const name of variablesOf(OPTIONS)) assert(isAllowed(name), name);
  assertEquals(["HOME", "PATH", "AWS_SECRET_ACCESS_KEY", "KAFKA_SECRET"].filter(isAllowed), []);
  assert(isAllowed("BLUESKY_MISTYPED"));
});

Deno.test("programPermissions() lets the program start no other, load no library and ask nobody", () => {
  const flags = programPermissions().map((flag) => flag.split("=")[0]);
  assertEquals(flags, [
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    "--allow-write",
    "--allow-env",
    "--ignore-env",
    "--allow-sys",
  ]);
});

Deno.test("programFlags() adds to the permissions a flag that V8 knows", async () => {
  assertEquals(programFlags(), [...programPermissions(), HEAP_FLAG]);
  // V8 tells of a flag that it does not know, and goes on without it.
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--no-config", HEAP_FLAG, "console.log(1)"],
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([success, text(stdout), text(stderr)], [true, "1\n", ""]);
});

Deno.test("scripts/program_flags.ts asks JSR for the program's own modules, and takes npm where no answer comes", async () => {
  await using folder = new TestFolder();
  const asked: string[] = [];
  const gone = Promise.withResolvers<Response>();
  const jsr = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    asked.push(new URL(request.url).pathname);
    return gone.promise;
  });
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-lock", "--allow-import", "scripts/program_flags.ts"],
    cwd: new URL("../../", import.meta.url),
    env: { DENO_DIR: folder.path, JSR_URL: `http://127.0.0.1:${jsr.addr.port}/` },
  }).output();
  gone.resolve(new Response(null, { status: 404 }));
  await jsr.shutdown();
  assertEquals(success, true);
  const packages = ["--lock=deno.lock", "--import-map=scripts/npm_only.json"];
  assertEquals(new TextDecoder().decode(stdout), [...programFlags(), ...packages].join(" "));
  assert(asked.length > 0);
  assertEquals(asked.filter((path) => !/^\/@std\/(?:cli|fs)\//.test(path)), []);
});

Deno.test("the tasks that run the program take their flags from here", () => {
  for (const name of ["demo", "start", "stream", "simulate", "record"] as const) {
    const { command } = project.tasks[name];
    assert(
      command.startsWith("deno run $(deno run -q --no-lock --allow-import scripts/program_flags.ts) main.ts"),
      name,
    );
  }
});
