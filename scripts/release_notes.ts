/**
 * The notes of a release: its section of CHANGELOG.md, how to install it, and its checksums.
 *
 *     deno run --allow-read scripts/release_notes.ts vX.Y.Z OWNER/REPOSITORY [SHA256SUMS]
 *
 * @module
 */
import project from "../deno.json" with { type: "json" };
import { type Published, publishedBy } from "./published.ts";

/** What a release is made of. */
export interface Release {
  readonly changelog: string;
  /** `vX.Y.Z`. */
  readonly tag: string;
  /** `OWNER/REPOSITORY` of the repository that publishes it. */
  readonly repository: string;
  /** `name` and `version` of deno.json. */
  readonly project: { readonly name: string; readonly version: string };
  /** The text of SHA256SUMS; null while the archives are not made. */
  readonly checksums: string | null;
}

/**
 * The notes as Markdown.
 *
 * @throws {Error} where the tag is not that of the version, the changelog has no finished section for it, or the
 * documents name another repository than the one that publishes
 */
export function releaseNotes({ changelog, tag, repository, project, checksums }: Release): string {
  const { name, version } = project;
  if (tag !== `v${version}`) {
    throw new Error(`Cannot release "${tag}": deno.json has version ${version}; expected the tag v${version}`);
  }
  const published = publishedBy(name, version);
  if (published.repository !== repository.toLowerCase()) {
    throw new Error(
      `Cannot release from "${repository}": by its name in deno.json the project publishes as ` +
        `${published.repository}, which the documents and deploy/ name; change "name" and these`,
    );
  }
  const parts = [sectionOf(changelog, tag, version), installation(published, version)];
  if (checksums !== null) parts.push(`### Checksums (SHA-256)\n\n\`\`\`\n${checksums.trim()}\n\`\`\``);
  return `${parts.join("\n\n")}\n`;
}

/** The section of a version, without its heading. */
function sectionOf(changelog: string, tag: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((each) => each.split(/\s/)[0]?.replace(/^\[|\]$/g, "") === version);
  if (section === undefined) throw new Error(`Cannot release ${tag}: CHANGELOG.md has no section for ${version}`);
  const [heading = "", ...lines] = section.split("\n");
  if (/unreleased/i.test(heading)) {
    throw new Error(`Cannot release ${tag}: its section in CHANGELOG.md is marked as unreleased; expected a date`);
  }
  return lines.join("\n").trim();
}

function installation({ image, repository, releasesUrl }: Published, version: string): string {
  return `### Install

\`\`\`sh
curl -fsSL ${releasesUrl}/download/v${version}/install.sh | sh -s -- --version ${version}
\`\`\`

The image, into your Kafka:

\`\`\`sh
docker run --rm -v bluesky-cursor:/data \\
  -e KAFKA_BOOTSTRAP_SERVERS=broker:9092 -e KAFKA_TOPIC=bluesky \\
  ${image}
\`\`\`

Verify who built them: \`gh attestation verify FILE --repo ${repository}\`, or
\`gh attestation verify oci://${image} --repo ${repository}\`.`;
}

if (import.meta.main) {
  const [tag = "", repository = "", sums] = Deno.args;
  try {
    const changelog = await Deno.readTextFile(new URL("../CHANGELOG.md", import.meta.url));
    const checksums = sums === undefined ? null : await Deno.readTextFile(sums);
    const notes = releaseNotes({ changelog, tag, repository, project, checksums });
    Deno.stdout.writeSync(new TextEncoder().encode(notes));
  } catch (error) {
    Deno.stderr.writeSync(new TextEncoder().encode(`Error: ${error instanceof Error ? error.message : error}\n`));
    Deno.exitCode = 1;
  }
}
