/**
 * How many records the core leaves to the generic path, on the frames that the bench makes.
 *
 * @module
 */
import { UNFILTERED } from "../src/filter/filter.ts";
import { rulesOf } from "../src/filter/collections.ts";
import { EventMaker } from "../src/pipeline/event_maker.ts";
import { EncodedWrite } from "../src/plane/encoded_write.ts";
import { PLAIN_LAYOUT } from "../src/events/record_layout.ts";
import { readRecording } from "../src/upstream/recording.ts";

const TOGETHER = 100;

/** Of all events of records that a file of frames gives, how many the core does not write, in per cent. */
export async function genericShare(file: string, collections: readonly string[]): Promise<number> {
  const selection = { ...UNFILTERED, collections: rulesOf(collections) };
  const maker = new EventMaker({
    selection,
    layout: PLAIN_LAYOUT,
    wholeRecords: false,
    handles: null,
    usualVerdict: null,
  }, "wss://relay.example/");
  let [all, byCore] = [0, 0];
  const count = (messages: readonly Uint8Array[]) => {
    maker.decoder.begin(messages);
    for (let place = 0; place < messages.length; place++) {
      const frame = maker.decoder.frame(place);
      if (frame.kind !== "commit") continue;
      for (const op of maker.read(frame, Date.now())) {
        all++;
        if (op instanceof EncodedWrite) byCore++;
        const record = op.kind === "rejected" ? op : maker.encode(op, Date.now());
        if (!("kind" in record)) record.release();
      }
    }
  };
  const messages: Uint8Array[] = [];
  for await (const { bytes } of readRecording(file)) {
    messages.push(bytes);
    if (messages.length === TOGETHER) count(messages.splice(0));
  }
  count(messages);
  return 100 * (all - byCore) / Math.max(1, all);
}
