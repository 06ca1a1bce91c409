import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { archiveName, checksums, pack } from "../../scripts/archive.ts";
import { TARGETS } from "../../scripts/compile.ts";

const SCRIPT = new URL("../../install.sh", import.meta.url).pathname;
const VERSION = "9.8.7";

interface Release extends AsyncDisposable {
  /** The address of the releases page. */
  readonly url: string;
  /** Where files lie, `latest/download/NAME` among them. */
  readonly folder: string;
  /** A home of its own for whoever installs. */
  readonly home: string;
  readonly asked: string[];
}

/** A server with a release, as the latest and by its version; `program` is what the archives of all targets hold. */
async function serveRelease(program: string): Promise<Release> {
  const folder = await Deno.makeTempDir();
  const home = await Deno.makeTempDir();
  const downloads = [`${folder}/latest/download`, `${folder}/download/v${VERSION}`];
  for (const each of downloads) await Deno.mkdir(each, { recursive: true });
  await Deno.writeTextFile(`${folder}/bluesky_firehose`, program, { mode: 0o755 });
  const archives = TARGETS.map(archiveName).filter((name) => name.endsWith(".tar.gz"));
  for (const each of downloads) {
    for (const name of archives) await pack(folder, ["bluesky_firehose"], `${each}/${name}`);
    await Deno.writeTextFile(`${each}/SHA256SUMS`, await checksums(each, archives));
  }
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const body = await Deno.readFile(`${folder}${pathname}`).catch(() => null);
    return body === null ? new Response("no such file", { status: 404 }) : new Response(body);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    folder,
    home,
    asked,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      for (const each of [folder, home]) await Deno.remove(each, { recursive: true });
    },
  };
}

async function install(release: Release, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: [SCRIPT, ...args],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: release.home },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

const WORKING = `#!/bin/sh\necho "bluesky_firehose ${VERSION}"\n`;
const ignore = Deno.build.os === "windows";

Deno.test({
  name: "install.sh puts the latest program into ~/.local/bin when its checksum is right",
  ignore,
  async fn() {
    await using release = await serveRelease(WORKING);
    const { code, stdout, stderr } = await install(release, "--releases", `${release.url}/`);
    assertEquals(code, 0, stderr);
    const installed = `${release.home}/.local/bin/bluesky_firehose`;
    assertStringIncludes(stdout, `Installed bluesky_firehose ${VERSION} as ${installed}`);
    assertStringIncludes(stdout, "is not in PATH");
    assertEquals(await Deno.readTextFile(installed), WORKING);
    assertEquals((await Deno.stat(installed)).mode ?? 0, 0o100755);
    assertEquals(release.asked, [
      "/latest/download/SHA256SUMS",
      `/latest/download/${archiveName(Deno.build.target)}`,
    ]);
  },
});

Deno.test({
  name: "install.sh takes the version and the folder that are named, and replaces what is there",
  ignore,
  async fn() {
    await using release = await serveRelease(WORKING);
    const folder = `${release.home}/with space/bin`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/bluesky_firehose`, "old");
    const args = ["--releases", release.url, "--version", `v${VERSION}`, "--bin-dir", folder];
    const { code, stderr } = await install(release, ...args);
    assertEquals(code, 0, stderr);
    assertEquals(await Deno.readTextFile(`${folder}/bluesky_firehose`), WORKING);
    assert(release.asked.every((path) => path.startsWith(`/download/v${VERSION}/`)), String(release.asked));
    assertEquals((await Array.fromAsync(Deno.readDir(folder))).length, 1);
  },
});

for (
  const { name, program, spoil, said } of [
    {
      name: "its checksum is another",
      program: WORKING,
      spoil: (file: string) => Deno.writeTextFile(file, "more", { append: true }),
      said: "Cannot trust",
    },
    { name: "the archive is missing", program: WORKING, spoil: (file: string) => Deno.remove(file), said: "see above" },
    {
      name: "no checksum is known",
      program: WORKING,
      spoil: (file: string) => Deno.writeTextFile(file.replace(/[^/]*$/, "SHA256SUMS"), ""),
      said: "is not in",
    },
    {
      name: "the program does not run here",
      program: "#!/bin/sh\nexit 1\n",
      spoil: () => Promise.resolve(),
      said: "Cannot run the program",
    },
  ]
) {
  Deno.test({
    name: `install.sh installs nothing when ${name}`,
    ignore,
    async fn() {
      await using release = await serveRelease(program);
      await spoil(`${release.folder}/latest/download/${archiveName(Deno.build.target)}`);
      const { code, stderr } = await install(release, "--releases", release.url);
      assertEquals(code, 1);
      assertStringIncludes(stderr, said);
      assertEquals(await Array.fromAsync(Deno.readDir(release.home)), []);
    },
  });
}

Deno.test({
  name: "install.sh tells what is wrong with its arguments",
  ignore,
  async fn() {
    await using release = await serveRelease(WORKING);
    for (
      const [args, said] of [[[], "--releases URL is wanted"], [["--fast"], '"--fast"'], [
        ["--version"],
        "no value",
      ]] as const
    ) {
      const { code, stderr } = await install(release, ...args);
      assertEquals(code, 2);
      assertStringIncludes(stderr, said);
    }
    assertEquals(release.asked, []);
  },
});
