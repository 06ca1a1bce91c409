import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMPILER } from "../../scripts/core.ts";
import { coreLibrary, type Notice, noticesOf, noticesText } from "../../scripts/notices.ts";

const NOTICE: Notice = {
  registry: "npm",
  name: "a",
  version: "1.0.0",
  license: "MIT",
  author: null,
  texts: ["Text A\n"],
};

Deno.test("noticesOf() reads the licence, the author and every notice of a package in a cache", async () => {
  const cache = await Deno.makeTempDir();
  try {
    const folder = `${cache}/registry.example/@scope/name/1.0.0`;
    await Deno.mkdir(`${folder}/licenses`, { recursive: true });
    await Deno.writeTextFile(`${folder}/package.json`, '{"license": "ISC", "author": {"name": "Ann"}}');
    for (const name of ["LICENSE.md", "NOTICE", "licenses/other.txt", "license_check.js", "README.md"]) {
      await Deno.writeTextFile(`${folder}/${name}`, name);
    }
    const [found, missing, std] = await noticesOf([
      { registry: "npm", name: "@scope/name", version: "1.0.0" },
      { registry: "npm", name: "missing", version: "1.0.0" },
      { registry: "jsr", name: "@std/cli", version: "1.0.28" },
    ], cache);
    assertEquals([found?.license, found?.author], ["ISC", "Ann"]);
    assertEquals(found?.texts, ["LICENSE.md", "NOTICE", "licenses/other.txt"]);
    assertEquals([missing?.license, missing?.texts], [null, []]);
    assertEquals(std?.license, "MIT");
    assertStringIncludes(std?.texts[0] ?? "", "the Deno authors");
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("noticesText() has each text once, below all packages that have it, and the runtime's", () => {
  const text = noticesText(
    [NOTICE, { ...NOTICE, name: "b", texts: ["Text A\r\n"] }, { ...NOTICE, name: "c" }],
    "2.9.6",
  );
  assertStringIncludes(text, "\na 1.0.0 (MIT)\nb 1.0.0 (MIT)\nc 1.0.0 (MIT)\n");
  assertEquals(text.split("Text A").length, 2);
  assertStringIncludes(text, "deno 2.9.6, the runtime (MIT)");
  assertStringIncludes(text, "Copyright 2018-2026 the Deno authors\n\nPermission is hereby granted");
});

Deno.test("noticesText() says what package.json says where a package has no file of its licence", () => {
  const text = noticesText([{ ...NOTICE, author: "Ann", texts: [] }, { ...NOTICE, license: null, texts: [] }], "2.9.6");
  assertStringIncludes(text, "Its author: Ann.\n\nPermission is hereby granted");
  assertStringIncludes(text, "a 1.0.0 (no licence is stated)");
});

Deno.test("coreLibrary() is the library of the compiler that makes core.wasm, with its checksum, licence and notice", async () => {
  const { notice, lock } = await coreLibrary();
  assert(COMPILER.startsWith(`npm:${notice.name}@${notice.version}/`));
  assert(lock.npm?.[`${notice.name}@${notice.version}`]?.integrity?.startsWith("sha512-"));
  assertEquals(notice.license, "Apache-2.0");
  const text = notice.texts.join("\n");
  for (const part of ["Apache License", "Version 2.0, January 2004", "AssemblyScript", "musl libc"]) {
    assertStringIncludes(text, part);
  }
});

Deno.test("archives and the image have the licences: LICENSE and NOTICES", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  const build = await read("scripts/build.ts");
  assertStringIncludes(build, "pack(staged, [programFile(triple), ...DOCUMENTS, NOTICES]");
  const dockerfile = await read("Dockerfile");
  for (const name of ["/build/LICENSE /licenses/LICENSE", "/out/NOTICES /licenses/NOTICES"]) {
    assertStringIncludes(dockerfile, `COPY --from=build ${name}\n`);
  }
});
