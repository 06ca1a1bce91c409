/**
 * The settings as they come out of flags, variables and defaults, each with where it came from. Secrets are not shown.
 *
 * @module
 */
import { type Config, KAFKA_OPTIONS, OPTIONS } from "../../config/config.ts";
import type { OptionSpec } from "../../config/option.ts";
import { isRevealing } from "../../config/secrets.ts";
import { type Environment, type FlagTexts, readTable } from "../../config/table.ts";
import { printable } from "../../text/printable.ts";

/** One setting. */
export interface Setting {
  /** `--flag`. */
  readonly flag: string;
  /** The text that counts; null where it is secret, or looks so. */
  readonly text: string | null;
  /** The flag or variable that gave it, the file that one names, or `default`. */
  readonly from: string;
}

/** All settings that are given or have a default. */
export function settingsOf(flags: FlagTexts, env: Environment, files: FlagTexts): readonly Setting[] {
  const { origins, secrets } = readTable(OPTIONS, flags, env, files);
  const settings: Setting[] = [];
  for (const [name, spec] of Object.entries<OptionSpec>(OPTIONS)) {
    const origin = (origins as Readonly<Record<string, { readonly kind: string; readonly name: string }>>)[name];
    const text = origin?.kind === "flag" && flags[name] !== undefined
      ? flags[name] || spec.implicitValue || ""
      : origin?.kind === "default" || origin === undefined
      ? spec.default
      : env[origin.name]?.trim() || spec.empty || "";
    // A file of a secret is shown by the secret that it holds.
    if (text === null || spec.secretName !== undefined) continue;
    const isHidden = spec.secret === true || isRevealing(text, secrets);
    settings.push({
      flag: `--${spec.flag}`,
      text: isHidden ? null : text,
      from: origin === undefined || origin.kind === "default" ? "default" : origin.name,
    });
  }
  return settings;
}

/**
 * The settings that somebody gave and that count. What a flag gave is always one; of the variables, which may stand in
 * the environment of every run, those of another way to log in, or of Kafka where events go elsewhere, are not.
 *
 * @param config Null where the settings have errors, which any of them may have to do with.
 */
export function noteworthy(settings: readonly Setting[], config: Config | null): readonly Setting[] {
  return settings.filter(({ flag, from }) =>
    from !== "default" && (from.startsWith("--") || config === null || isInUse(flag, config))
  );
}

const KAFKA_FLAGS: readonly string[] = Object.values(KAFKA_OPTIONS).map((spec) => `--${spec.flag}`);

function isInUse(flag: string, { kafka }: Config): boolean {
  if (!KAFKA_FLAGS.includes(flag)) return true;
  if (kafka === null) return false;
  if (/^--(?:oauth|azure|identity)-/.test(flag)) return kafka.sasl?.mechanism === "oauthbearer";
  if (/^--sasl-(?:username|password)/.test(flag)) return kafka.sasl !== null && kafka.sasl.mechanism !== "oauthbearer";
  if (flag.startsWith("--tls-")) return kafka.tls !== null;
  return flag !== "--sasl-mechanism" || kafka.sasl !== null;
}

/** Settings as a table in text. */
export function settingsText(settings: readonly Setting[]): string {
  if (settings.length === 0) return "";
  const width = Math.max(...settings.map(({ flag }) => flag.length));
  const texts = settings.map(({ text }) => text === null ? "(hidden)" : shortened(text));
  const textWidth = Math.max(...texts.map((text) => text.length));
  return settings.map(({ flag, from }, i) =>
    `  ${flag.padEnd(width)}  ${(texts[i] ?? "").padEnd(textWidth)}  ${from}\n`
  )
    .join("");
}

const MAX_TEXT = 60;

function shortened(text: string): string {
  const line = printable(text);
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT - 3)}...` : line;
}
