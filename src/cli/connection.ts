/**
 * From the settings of Kafka to what its clients take: files of certificates are read, tokens get their source.
 *
 * @module
 */
import type { KafkaSettings } from "../config/kafka_settings.ts";
import type { TlsFiles } from "../config/login.ts";
import type { Origin } from "../config/table.ts";
import { fetchToken } from "../net/fetch.ts";
import { tokenSource } from "../sink/kafka/oauth.ts";
import { type KafkaClientOptions, PROFILES, type SaslOptions, type TlsOptions } from "../sink/kafka/options.ts";
import { readNamed } from "./secret_files.ts";
import { USER_AGENT } from "./version.ts";

/**
 * Opens what the settings name.
 *
 * @throws {Error} that names a file that cannot be used
 */
export async function openConnection(
  { brokers, topic, tls, sasl, profile }: KafkaSettings,
  origins: Readonly<Record<string, Origin>>,
): Promise<KafkaClientOptions> {
  return {
    brokers,
    topic,
    tls: tls === null ? null : await readTls(tls, origins),
    sasl: sasl === null ? null : openLogin(sasl),
    profile: PROFILES[profile],
    clientId: USER_AGENT.replace("/", "-"),
    random: Math.random,
  };
}

function openLogin(sasl: NonNullable<KafkaSettings["sasl"]>): SaslOptions {
  if (sasl.mechanism !== "oauthbearer") return sasl;
  const parts = { fetch: fetchToken, readFile: (path: string) => Deno.readTextFile(path), now: Date.now };
  return { mechanism: sasl.mechanism, token: tokenSource(sasl.token, parts) };
}

async function readTls(files: TlsFiles, origins: Readonly<Record<string, Origin>>): Promise<TlsOptions> {
  const read = async (path: string | null, option: string, label: RegExp) => {
    if (path === null) return null;
    const name = origins[option]?.name ?? option;
    const text = await readNamed(path, name);
    // A file without one would be taken without a word, and nobody be trusted.
    if (label.test(text)) return text;
    throw new Error(`Cannot use the file of ${name} "${path}": it holds nothing of the kind, a file in PEM is wanted`);
  };
  return {
    ca: await read(files.ca, "tlsCa", /-----BEGIN CERTIFICATE-----/),
    cert: await read(files.cert, "tlsCert", /-----BEGIN CERTIFICATE-----/),
    key: await read(files.key, "tlsKey", /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/),
    insecure: files.insecure,
  };
}
