/**
 * What the log says of a run that starts.
 *
 * @module
 */
import { publicUrl } from "../text/redact.ts";
import type { KafkaSettings } from "../kafka/options/settings.ts";
import type { Config } from "../config/config.ts";
import type { Start } from "../cursor/resume.ts";
import { type DidSource, didsText } from "../filter/options.ts";
import { sampleRatesText } from "../filter/sample.ts";
import { isExactlyOnce, jobOf } from "./exactly_once.ts";

/** The fields of the line `Started`. `kept` is whether a cursor is saved anywhere. */
export function startFields(config: Config, urls: readonly string[], { origin }: Pick<Start, "origin">, kept: boolean) {
  const { output, kafka } = config;
  const to = output.kind === "file" ? output.path : output.kind === "stdout" ? "standard output" : null;
  return {
    from: urls.map(publicUrl).join(","),
    to: to ?? `kafka ${kafka?.brokers.join(",") ?? ""} topic ${kafka?.topic ?? ""}`,
    security: kafka === null
      ? null
      : `${tlsText(kafka.tls)}${kafka.sasl ? `, SASL ${kafka.sasl.mechanism.toUpperCase()}` : ""}`,
    events: config.events.join(","),
    collections: config.collections.join(","),
    sampleRate: config.sampleRate.of.length === 0 ? config.sampleRate.rest : sampleRatesText(config.sampleRate),
    langs: config.langs && config.langs.join(),
    posts: config.posts === "all" ? null : config.posts,
    dids: didsField(config.dids),
    excludeDids: didsField(config.excludeDids),
    shard: config.shard && `${config.shard.index}/${config.shard.count}`,
    verify: config.verify === "off" ? null : config.verify,
    unverified: config.verify === "off" ? null : config.unverified,
    cursor: origin,
    key: output.kind !== "kafka" || config.kafkaKey === "did" ? null : config.kafkaKey,
    tombstones: output.kind === "kafka" && config.tombstones ? true : null,
    deadLetters: config.deadLetterFile ?? (kafka === null ? null : config.deadLetterTopic),
    delivery: output.kind === "kafka" ? config.delivery : null,
    cursorFile: isExactlyOnce(config)
      ? `none (group ${jobOf(config)} keeps it)`
      : kept
      ? config.cursorFile
      : "none (no cursor file is named)",
  };
}

function didsField(source: DidSource | null): string | null {
  return source?.kind === "list" ? `${new Set(source.dids).size} accounts` : didsText(source);
}

function tlsText(tls: KafkaSettings["tls"]): string {
  if (tls === null) return "plain TCP";
  return `TLS${tls.insecure ? " without checks" : ""}${tls.cert === null ? "" : ", client certificate"}`;
}
