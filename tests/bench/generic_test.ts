import { assert } from "@std/assert";
import { join } from "node:path";
import { genericShare } from "../../bench/generic.ts";
import { COLLECTIONS } from "../../src/events/registry.ts";
import { createRecording } from "../../src/upstream/recording.ts";
import { RECORDED, recorded } from "../support/messages.ts";
import { networkFrames } from "../support/network_events.ts";
import { testNeeding } from "../support/needs.ts";

testNeeding(["long"], {
  name: "at most one typed record in a hundred goes the generic path, recorded or simulated",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const sources = {
      recorded: (await Promise.all(RECORDED.map(recorded))).flat(),
      simulated: (await networkFrames(2000)).map(({ bytes }) => bytes),
    };
    for (const [name, messages] of Object.entries(sources)) {
      const path = join(folder, name);
      {
        await using recording = await createRecording(path);
        await recording.write(messages, 0);
      }
      const share = await genericShare(path, COLLECTIONS);
      assert(share <= 1, `${name}: ${share} %`);
      // Of the others one in ten has floating-point numbers, which the host writes.
      const ofAll = await genericShare(path, ["*"]);
      assert(ofAll <= 5 && (ofAll > share || name === "recorded"), `${name}: ${ofAll} %`);
    }
    await Deno.remove(folder, { recursive: true });
  },
});
