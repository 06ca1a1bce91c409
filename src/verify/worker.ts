/**
 * A worker that verifies: configured first, then one job after another, each answered in its turn.
 *
 * @module
 */
import { CommitVerifier } from "../atproto/verify.ts";
import { packVerdicts, unpackJob, type WorkerAnswer, type WorkerJob, type WorkerSettings } from "./job.ts";

/** What a worker has for the thread that started it. */
interface Port {
  onmessage: ((event: MessageEvent<WorkerSettings | WorkerJob>) => void) | null;
  postMessage(answer: WorkerAnswer, transfer: ArrayBuffer[]): void;
}

/** Answers what comes in at a port. */
export function serveJobs(port: Port): void {
  let verifier: CommitVerifier | null = null;
  port.onmessage = ({ data }) => {
    if ("mode" in data) {
      verifier = new CommitVerifier(data.mode, data.mostKeys);
      return;
    }
    const by = verifier;
    if (by === null) throw new TypeError("A job came before the settings");
    const verdicts = packVerdicts(unpackJob(data.job).map(({ bytes, key }) => by.verify(bytes, key)));
    port.postMessage({ id: data.id, verdicts }, [verdicts.buffer]);
  };
}

// A test imports it too, and is no worker.
if ("WorkerGlobalScope" in globalThis && !("document" in globalThis)) serveJobs(globalThis as unknown as Port);
