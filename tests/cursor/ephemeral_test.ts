import { assertEquals } from "@std/assert";
import { ephemeralReason } from "../../src/cursor/ephemeral.ts";
import { FILES, type Files } from "../../src/cursor/files.ts";

const REBOOT = "which a reboot may empty";
const CONTAINER = "lost with it";

/** A machine with folders on these devices, and nothing else. */
function machine(folders: Readonly<Record<string, number>>): Files {
  const info = (path: string): Promise<Deno.FileInfo> => {
    const dev = folders[path];
    if (dev === undefined) return Promise.reject(new Deno.errors.NotFound(path));
    return Promise.resolve({ ...Deno.statSync("."), dev });
  };
  return { ...FILES, stat: info, lstat: info, realPath: async (path) => ((await info(path)), path) };
}

Deno.test("ephemeralReason() tells files that a reboot or the end of a container takes", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const host = { "/": 1, "/tmp": 1, "/tmp/volume": 3, "/run": 2, "/dev/shm": 4, "/var/lib": 1, "/data": 3, "/tmpx": 1 };
  const container = { ...host, "/.dockerenv": 1 };
  for (
    const [path, folders, expected] of [
      ["/tmp/cursor", host, REBOOT],
      ["/tmp/no/such/folder/cursor", host, REBOOT],
      ["/run/cursor", host, REBOOT],
      ["/dev/shm/cursor", host, REBOOT],
      ["/tmp/volume/cursor", host, null],
      ["/var/lib/cursor", host, null],
      ["/tmpx/cursor", host, null],
      ["/var/lib/cursor", container, CONTAINER],
      ["/tmp/cursor", container, CONTAINER],
      ["/no/such/folder/cursor", container, CONTAINER],
      ["/run/cursor", container, REBOOT],
      ["/data/cursor", container, null],
      ["/data/new/cursor", { ...host, "/run/.containerenv": 2 }, null],
    ] as const
  ) {
    const reason = await ephemeralReason(path, machine(folders));
    assertEquals(expected === null ? reason : reason?.includes(expected), expected === null ? null : true, path);
  }
});
