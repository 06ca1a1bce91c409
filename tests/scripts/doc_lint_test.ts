import { assertEquals } from "@std/assert";
import { undocumented } from "../../scripts/doc_lint.ts";

Deno.test("undocumented() lists exported symbols of which no declaration has a comment", () => {
  const declared = (declarationKind: string, doc?: string) => ({
    declarationKind,
    ...(doc === undefined ? {} : { jsDoc: { doc } }),
  });
  const docs = {
    nodes: {
      "a.ts": {
        symbols: [
          { name: "bare", declarations: [declared("export")] },
          { name: "empty", declarations: [declared("export", "")] },
          { name: "told", declarations: [declared("export", "Does it.")] },
          { name: "overloaded", declarations: [declared("export"), declared("export", "Does it.")] },
          { name: "inner", declarations: [declared("private")] },
        ],
      },
      "b.ts": {},
    },
  };
  assertEquals(undocumented(docs), ["a.ts: bare", "a.ts: empty"]);
});
