/**
 * JSON within an event that is passed on as it stands.
 *
 * @module
 */

/** A value that is JSON already, and stands in an event as it is. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** What it says, for `JSON.stringify`; an object does not keep the order of all keys, nor all digits. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}
