import { assert, assertEquals, assertRejects } from "@std/assert";
import { dashboardSvg, drawDashboard } from "../../scripts/dashboard_svg.ts";
import dashboard from "../../deploy/grafana.json" with { type: "json" };

const PANEL = { title: "A & <b>", fieldConfig: { defaults: { unit: "s" } } };

Deno.test("drawDashboard() draws each series that is not zero, with a scale, and escapes names", () => {
  const svg = drawDashboard([{
    panel: PANEL,
    series: [
      { name: "rising <x>", points: [[0, 0], [60, 3], [120, NaN]] },
      { name: "nothing", points: [[0, 0], [60, 0]] },
    ],
  }]);
  assertEquals(svg.match(/stroke="#4e8fd8"/g)?.length, 1);
  assertEquals(svg.includes("nothing"), false);
  assert(svg.includes("A &amp; &lt;b>") && svg.includes("rising &lt;x>") && svg.includes(">5 s<"), svg);
  assertEquals(svg.includes("NaN"), false);
});

Deno.test("drawDashboard() has short labels, and names in the legend that do not meet", () => {
  const panel = { title: "Bytes", fieldConfig: { defaults: { unit: "Bps" } } };
  const names = ["first", "a longer name", "x"];
  const svg = drawDashboard([{ panel, series: names.map((name) => ({ name, points: [[0, 1], [60, 900_000]] })) }]);
  assert(svg.includes(">1 MB/s<") && svg.includes(">0.5 MB/s<"), svg);
  const swatches = [...svg.matchAll(/<rect x="([\d.]+)" y="\d+" width="10"/g)].map(([, x]) => Number(x));
  const texts = [...svg.matchAll(/<text x="([\d.]+)" y="188">([^<]*)</g)].map(([, x, text = ""]) => ({
    x: Number(x),
    text,
  }));
  assertEquals(texts.map(({ text }) => text), names);
  // A wide letter of a font without serifs takes 0.6 of its size.
  texts.slice(0, -1).forEach(({ x, text }, i) => assert(x + text.length * 6.6 + 8 < (swatches[i + 1] ?? 0), text));
});

Deno.test("dashboardSvg() asks for the series of the dashboard's own panels, of all instances", async () => {
  const asked: string[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { searchParams } = new URL(request.url);
    asked.push(searchParams.get("query") ?? "");
    const at = Number(searchParams.get("end"));
    return Response.json({ data: { result: [{ metric: { type: "Like" }, values: [[at - 1, "1"], [at, "2"]] }] } });
  });
  const svg = await dashboardSvg(`http://127.0.0.1:${server.addr.port}`, dashboard, 1000, 1300);
  assert(svg.startsWith("<svg ") && svg.includes(">Events delivered<") && svg.includes(">Like<"), svg);
  assert(asked.length >= 6);
  for (const query of asked) assertEquals(query.includes("$"), false, query);
  await assertRejects(
    () => dashboardSvg(`http://127.0.0.1:${server.addr.port}`, { panels: [] }, 0, 1),
    Error,
    "no panel",
  );
});
