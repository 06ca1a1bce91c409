/**
 * The whole way by the peer in JavaScript, measured in this process.
 *
 * @module
 */
import { type Figures, Meter } from "./measure.ts";
import { runPeer } from "./peers/javascript.ts";
import { brokerOf, type StageInput } from "./stage_input.ts";

/** In JavaScript, from the packages' own documentation. */
export async function javascriptPeer(input: StageInput): Promise<Figures> {
  const meter = new Meter();
  let count = 0;
  await runPeer({
    ...brokerOf(input),
    url: input.url,
    frames: input.warm + input.frames,
    onFrame: () => {
      if (++count === input.warm) meter.start();
    },
  });
  return meter.stop(input.frames);
}
