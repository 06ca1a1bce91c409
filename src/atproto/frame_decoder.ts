/**
 * Messages that came together to their frames.
 *
 * @module
 */
import type { MessageList } from "./bytes/messages.ts";
import { decodeFrame, type Frame } from "./frame.ts";
import type { Rejected } from "./rejected.ts";

/** Decodes messages that came together. */
export interface FrameDecoder {
  /** Takes the messages; those before are not asked for any more. */
  begin(messages: MessageList): void;
  /** The frame of the message at a place. Never throws on what a message holds. */
  frame(place: number): Frame | Rejected;
}

/** Decodes each message by itself. */
export class EachByItself implements FrameDecoder {
  #messages: MessageList = [];

  begin(messages: MessageList): void {
    this.#messages = messages;
  }

  frame(place: number): Frame | Rejected {
    return decodeFrame(this.#messages.at(place) ?? new Uint8Array());
  }
}
