import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { archiveName, checksums, pack } from "../../scripts/archive.ts";
import { TARGETS } from "../../scripts/compile.ts";
import { type Certificates, makeCertificates } from "../../scripts/certificates.ts";
import { testNeeding } from "../support/needs.ts";

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

interface Installed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function install(release: Release, ...args: string[]): Promise<Installed> {
  return installWith({ PATH: Deno.env.get("PATH") ?? "", HOME: release.home }, args);
}

/** Runs the installer in an environment with a PATH, in which the shell itself need not be. */
async function installWith(
  { PATH, ...env }: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<Installed> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'PATH=$1; export PATH; shift; exec /bin/sh "$@"', "sh", PATH ?? "", SCRIPT, ...args],
    clearEnv: true,
    env: { ...env, PATH: Deno.env.get("PATH") ?? "" },
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
    assertStringIncludes(stdout, `is not in PATH; for this shell:\n  export PATH="${release.home}/.local/bin:$PATH"\n`);
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
      const [args, said] of [[[], "give --releases URL"], [["--fast"], '"--fast"'], [
        ["--version"],
        "no value",
      ], [["--releases", "ftp://host/releases"], "begins with https://"]] as const
    ) {
      const { code, stderr } = await install(release, ...args);
      assertEquals(code, 2);
      assertStringIncludes(stderr, said);
    }
    assertEquals(release.asked, []);
  },
});

/** A server over TLS that sends whoever asks for a file to another server. */
async function redirecting(to: string, certificates: Certificates) {
  const pem = await Deno.readTextFile(certificates.server);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: pem, key: pem, onListen: () => {} },
    (request) => new Response(null, { status: 302, headers: { location: `${to}${new URL(request.url).pathname}` } }),
  );
  return {
    url: `https://localhost:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A folder for PATH with these commands of this machine, and without all others. */
async function onlyCommands(folder: string, names: readonly string[]): Promise<string> {
  const bin = `${folder}/only`;
  await Deno.mkdir(bin);
  // Links are the shell's to make: Deno wants every permission for one.
  const link = 'bin=$1; shift; for name; do path=$(command -v "$name") && ln -s "$path" "$bin/$name"; done; :';
  await new Deno.Command("sh", { args: ["-c", link, "link", bin, ...names] }).output();
  return bin;
}

const BASICS = ["uname", "mktemp", "rm", "awk", "cut", "sha256sum", "shasum", "sysctl", "tar", "gzip"]
  .concat(["mkdir", "cp", "chmod", "mv", "sh"]);

for (const downloader of ["curl", "wget"] as const) {
  // Of the two an installation needs one alone.
  const args = ["-c", `command -v ${downloader}`];
  if (ignore || !new Deno.Command("sh", { args }).outputSync().success) continue;
  testNeeding(["openssl"], {
    name: `install.sh by ${downloader} follows a redirect to HTTPS, and none that leaves it`,
    async fn() {
      await using release = await serveRelease(WORKING);
      await using certificates = await makeCertificates();
      await using down = await redirecting(release.url, certificates);
      const bin = await onlyCommands(release.folder, [...BASICS, downloader]);
      await Deno.writeTextFile(`${release.home}/wgetrc`, `ca_certificate = ${certificates.ca}\n`);
      const env = {
        PATH: bin,
        HOME: release.home,
        CURL_CA_BUNDLE: certificates.ca,
        WGETRC: `${release.home}/wgetrc`,
      };
      const refused = await installWith(env, ["--releases", down.url]);
      assertEquals(refused.code, 1);
      assertStringIncludes(refused.stderr, `Cannot download ${down.url}/latest/download/SHA256SUMS`);
      assertEquals(release.asked, []);

      const pem = await Deno.readTextFile(certificates.server);
      await using secure = Deno.serve(
        { hostname: "127.0.0.1", port: 0, cert: pem, key: pem, onListen: () => {} },
        async (request) => new Response(await Deno.readFile(`${release.folder}${new URL(request.url).pathname}`)),
      );
      await using within = await redirecting(`https://localhost:${secure.addr.port}`, certificates);
      const followed = await installWith(env, ["--releases", within.url]);
      assertEquals(followed.code, 0, followed.stderr);
      assertStringIncludes(followed.stdout, "Note: who built");
    },
  });
}

/** Puts a gh before all else that notes how it is called, and ends with these statuses. */
async function fakeGh(release: Release, statuses: { readonly auth: number; readonly verify: number }): Promise<string> {
  const bin = `${release.folder}/gh`;
  await Deno.mkdir(bin);
  const script = `#!/bin/sh
echo "$GH_HOST $*" >>"${release.folder}/called"
case "$*" in
  "auth status"*) exit ${statuses.auth} ;;
  *--help) exit 0 ;;
esac
echo "what gh says" >&2
exit ${statuses.verify}
`;
  await Deno.writeTextFile(`${bin}/gh`, script, { mode: 0o755 });
  return `${bin}:${Deno.env.get("PATH") ?? ""}`;
}

for (
  const { name, statuses, code, said } of [
    {
      name: "installs what its repository built",
      statuses: { auth: 0, verify: 0 },
      code: 0,
      said: "Verified that o/r",
    },
    {
      name: "refuses what another built",
      statuses: { auth: 0, verify: 1 },
      code: 1,
      said: "Cannot trust bluesky_fire",
    },
    {
      name: "says that nothing is verified where gh is not logged in",
      statuses: { auth: 1, verify: 1 },
      code: 0,
      said: "gh is not logged in",
    },
  ]
) {
  Deno.test({
    name: `install.sh with gh ${name}`,
    ignore,
    async fn() {
      await using release = await serveRelease(WORKING);
      const page = `${release.folder}/o/r/releases`;
      await Deno.mkdir(page, { recursive: true });
      await Deno.rename(`${release.folder}/latest`, `${page}/latest`);
      const env = { PATH: await fakeGh(release, statuses), HOME: release.home };
      const result = await installWith(env, ["--releases", `${release.url}/o/r/releases`]);
      assertEquals(result.code, code, result.stderr);
      assertStringIncludes(result.stdout + result.stderr, said);
      const called = await Deno.readTextFile(`${release.folder}/called`);
      const { host } = new URL(release.url);
      assertStringIncludes(called, `auth status --hostname ${host}`);
      assertEquals(called.includes(`${host} attestation verify /`), statuses.auth === 0);
      if (statuses.auth === 0) assertStringIncludes(called, `${archiveName(Deno.build.target)} --repo o/r`);
      if (code !== 0) assertEquals(await Array.fromAsync(Deno.readDir(release.home)), []);
    },
  });
}
