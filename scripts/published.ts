/**
 * Where releases are: the repository, the page and the image of this version. All follow from `name` and `version` in
 * deno.json. release.yml publishes under the name of its own repository, and release_notes.ts refuses any other.
 *
 * @module
 */
import project from "../deno.json" with { type: "json" };

/** Where a project publishes. */
export interface Published {
  /** `OWNER/REPOSITORY`. */
  readonly repository: string;
  /** The releases page, which install.sh downloads from. */
  readonly releasesUrl: string;
  /** The image with the tag of this version. */
  readonly image: string;
}

/**
 * Where the project of these two fields publishes.
 *
 * @example A name and a version
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(publishedBy("@owner/repository", "1.0.0").image, "ghcr.io/owner/repository:1.0.0");
 * ```
 *
 * @throws {Error} where the name is not `@OWNER/REPOSITORY` in lower case, as registries of images want it
 */
export function publishedBy(name: string, version: string): Published {
  const repository = /^@([a-z0-9-]+\/[a-z0-9._-]+)$/.exec(name)?.[1];
  if (repository === undefined) {
    throw new Error(`Invalid name "${name}" in deno.json: expected @OWNER/REPOSITORY in lower case`);
  }
  return {
    repository,
    releasesUrl: `https://github.com/${repository}/releases`,
    image: `ghcr.io/${repository}:${version}`,
  };
}

/** Where this version is published. */
export const PUBLISHED: Published = publishedBy(project.name, project.version);
