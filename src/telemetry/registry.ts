/**
 * METRICS as a registry of prom-client, which names the format's versions, escapes labels and writes the text. Its
 * metrics read the figures when they are asked for; nothing is stored twice.
 *
 * prom-client rather than OpenTelemetry's exporter: one package of 120 KB against five, and a pull from figures that
 * exist, where OpenTelemetry brings a pipeline of its own. Its default metrics of the process are all zero on Deno.
 *
 * @module
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type Figures, METRICS, type MetricSpec } from "./catalogue.ts";
import type { Distribution } from "./metrics.ts";

/** The registry; `read` is asked once for each metric of a scrape. */
export function createRegistry(read: () => Figures): Registry {
  const registry = new Registry();
  for (const [name, spec] of Object.entries<MetricSpec>(METRICS)) {
    const options = { name, help: spec.help, labelNames: [...spec.labels], registers: [registry] };
    if (spec.kind === "histogram") {
      addHistogram(options, () => spec.distribution(read().metrics));
    } else if (spec.kind === "counter") {
      new Counter({
        ...options,
        collect() {
          this.reset();
          for (const { labels, value } of spec.read(read())) this.inc(labels, value);
        },
      });
    } else {
      new Gauge({
        ...options,
        collect() {
          // Without labels a reset leaves a zero, which would be a claim about what is not known yet.
          this.reset();
          if (spec.labels.length === 0) this.remove();
          for (const { labels, value } of spec.read(read())) this.set(labels, value);
        },
      });
    }
  }
  return registry;
}

type HistogramOptions = ConstructorParameters<typeof Histogram<string>>[0];
type HistogramValues = Awaited<ReturnType<Histogram<string>["get"]>>["values"];

/** Adds a histogram whose counts are kept elsewhere. */
function addHistogram(options: HistogramOptions, read: () => Distribution): void {
  const whole = { ...options, buckets: [...read().bounds] };
  const empty = new Histogram({ ...whole, registers: [] });
  const get = async () => ({ ...await empty.get(), values: valuesOf(options.name, read()) });
  // A registry asks a histogram by the second name, which prom-client does not declare.
  Object.assign(new Histogram(whole), { get, getForPromString: get });
}

function valuesOf(name: string, { bounds, counts, sum }: Distribution): HistogramValues {
  let total = 0;
  const buckets = counts.map((count, place) => {
    total += count;
    return { metricName: `${name}_bucket`, labels: { le: bounds[place] ?? "+Inf" }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: {}, value: sum },
    { metricName: `${name}_count`, labels: {}, value: total },
  ];
}
