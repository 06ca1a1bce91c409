import { assertEquals, assertThrows } from "@std/assert";
import { VERIFIED } from "../../src/atproto/verify.ts";
import {
  packJob,
  unpackVerdicts,
  type WorkerAnswer,
  type WorkerJob,
  type WorkerSettings,
} from "../../src/verify/job.ts";
import { serveJobs } from "../../src/verify/worker.ts";
import { forgedCommits, keyOf } from "../support/forged.ts";

function portOf() {
  const answers: WorkerAnswer[] = [];
  const port: Parameters<typeof serveJobs>[0] = {
    onmessage: null,
    postMessage: (answer) => void answers.push(answer),
  };
  serveJobs(port);
  const send = (data: WorkerSettings | WorkerJob) =>
    port.onmessage?.({ data } as MessageEvent<WorkerSettings | WorkerJob>);
  return { answers, send };
}

Deno.test("serveJobs() answers each job in its turn, as it was told to verify", async () => {
  const commits = await forgedCommits(1);
  const messages = commits.map(({ bytes, account }) => ({ bytes, key: keyOf(account.keypair.did()) }));
  for (const mode of ["signatures", "proofs"] as const) {
    const { answers, send } = portOf();
    send({ mode, mostKeys: 8 });
    send({ id: 7, job: packJob(messages) });
    send({ id: 8, job: packJob([]) });
    assertEquals(answers.map(({ id }) => id), [7, 8]);
    const verdicts = unpackVerdicts(answers[0]?.verdicts ?? new Uint8Array(), messages.length);
    const trueKinds = commits.filter((_, place) => verdicts[place] === VERIFIED).map(({ kind }) => kind);
    assertEquals(trueKinds.includes("whole") && !trueKinds.includes("forged"), true);
    assertEquals(trueKinds.includes("left-out"), mode === "signatures");
  }
});

Deno.test("serveJobs() takes no job before it was told how", () => {
  assertThrows(() => portOf().send({ id: 1, job: packJob([]) }), TypeError, "before the settings");
});
