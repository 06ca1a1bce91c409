/**
 * Metrics as text for Prometheus. Source: prometheus.io, "Exposition formats", text format 0.0.4.
 *
 * @module
 */
import type { Metric, Sample } from "./metric.ts";

/** The media type of the text. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** All series, as they are now. */
export function expositionText(metrics: Iterable<Metric>): string {
  let text = "";
  for (const metric of metrics) {
    text += `# HELP ${metric.name} ${escaped(metric.help)}\n# TYPE ${metric.name} ${metric.kind}\n`;
    for (const sample of metric.samples()) text += `${metric.name}${sample.suffix ?? ""}${seriesText(sample)}\n`;
  }
  return text;
}

function seriesText({ labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text).replaceAll('"', '\\"')}"`);
  return `${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${numberText(value)}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}
