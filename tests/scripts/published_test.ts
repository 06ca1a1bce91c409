import { assert, assertEquals, assertThrows } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { PUBLISHED, publishedBy } from "../../scripts/published.ts";
import { DOCUMENT_PATHS, readFile } from "../support/documents.ts";

const DEPLOYMENTS = ["deploy/compose.yaml", "azure-template.json"];

Deno.test("publishedBy() has repository, page and image of a project", () => {
  assertEquals(publishedBy("@owner/repository", "1.2.3"), {
    repository: "owner/repository",
    releasesUrl: "https://github.com/owner/repository/releases",
    image: "ghcr.io/owner/repository:1.2.3",
  });
});

Deno.test("publishedBy() refuses a name that no registry of images takes", () => {
  for (const name of ["repository", "@Owner/repository", "owner/repository"]) {
    assertThrows(() => publishedBy(name, "1.0.0"), Error, `"${name}"`);
  }
});

Deno.test("release.yml publishes the image that the documents name, under the tag of the version", async () => {
  const workflow = readFile(".github/workflows/release.yml");
  const [, command = ""] = /id: name\n\s+run: \|\n((?:\s{10}.+\n)+)/.exec(workflow) ?? [];
  assert(command.includes("GITHUB_OUTPUT"), workflow);
  const folder = await Deno.makeTempDir();
  try {
    const env = {
      GITHUB_OUTPUT: `${folder}/output`,
      GITHUB_REPOSITORY: PUBLISHED.repository.toUpperCase(),
      GITHUB_REF_NAME: `v${project.version}`,
    };
    const { success } = await new Deno.Command("bash", { args: ["-euc", command], env }).output();
    assert(success);
    const lines = (await Deno.readTextFile(env.GITHUB_OUTPUT)).trim().split("\n");
    const { image, version } = Object.fromEntries(lines.map((line) => line.split("=")));
    assertEquals(`${image}:${version}`, PUBLISHED.image);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert(workflow.includes("tags: ${{ steps.name.outputs.image }}:${{ steps.name.outputs.version }}\n"));
  assert(workflow.includes("VERSION=${{ steps.name.outputs.version }}\n"));
  assert(workflow.includes('scripts/release_notes.ts "$GITHUB_REF_NAME" "$GITHUB_REPOSITORY"'));
});

Deno.test("every document and deployment that names an image of ours names the published one", () => {
  let found = 0;
  for (const path of [...DOCUMENT_PATHS, ...DEPLOYMENTS]) {
    const ours = readFile(path).match(/ghcr\.io\/[\w./-]+(?::[\w.-]*\w)?/g) ?? [];
    for (const each of ours) assertEquals(each, PUBLISHED.image, path);
    found += ours.length;
  }
  assert(found > 2, `${found} names`);
});
