/**
 * From the settings of Kafka to what its clients take: files of certificates are read, tokens get their source.
 *
 * @module
 */
import type { KafkaSettings } from "../kafka/options/settings.ts";
import type { TlsFiles } from "../kafka/options/security.ts";
import { quote } from "../config/secrets.ts";
import type { Origin } from "../config/table.ts";
import { fetchToken } from "../net/fetch.ts";
import { tokenSource } from "../kafka/client/oauth.ts";
import { type KafkaClientOptions, PROFILES, type SaslOptions, type TlsOptions } from "../kafka/client/options.ts";
import { USER_AGENT } from "../version.ts";
import { assertPair, certificatesOf, PemError, privateKeyOf } from "./pem.ts";
import { readNamed, readText } from "./text_file.ts";
import { homeTopic } from "./topics.ts";

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
    topic: homeTopic(topic),
    tls: tls === null ? null : await readTls(tls, origins),
    sasl: sasl === null ? null : openLogin(sasl),
    profile: PROFILES[profile],
    clientId: USER_AGENT.replace("/", "-"),
    random: Math.random,
  };
}

function openLogin(sasl: NonNullable<KafkaSettings["sasl"]>): SaslOptions {
  if (sasl.mechanism !== "oauthbearer") return sasl;
  const parts = { fetch: fetchToken, readFile: readText, now: Date.now };
  return { mechanism: sasl.mechanism, token: tokenSource(sasl.token, parts) };
}

async function readTls(files: TlsFiles, origins: Readonly<Record<string, Origin>>): Promise<TlsOptions> {
  const read = async (path: string | null, option: "tlsCa" | "tlsCert" | "tlsKey", use: (text: string) => string) => {
    if (path === null) return null;
    const name = origins[option]?.name ?? option;
    const text = await readNamed(path, name);
    try {
      return use(text);
    } catch (error) {
      const reason = error instanceof PemError ? error.message : "it cannot be read";
      throw new Error(`Cannot use the file of ${name} ${quote(path)}: ${reason}`, { cause: error });
    }
  };
  const ca = await read(files.ca, "tlsCa", certificatesOf);
  const cert = await read(files.cert, "tlsCert", certificatesOf);
  const key = await read(files.key, "tlsKey", (text) => {
    const own = privateKeyOf(text);
    if (cert !== null) assertPair(cert, own);
    return own;
  });
  return { ca, cert, key, insecure: files.insecure };
}
