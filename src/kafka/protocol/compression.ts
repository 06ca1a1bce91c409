/**
 * Compression of record batches. It is synchronous: on Deno the asynchronous functions of `node:zlib` do most of their
 * work in the call as well, and a batch takes about a millisecond.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { decompressLz4 } from "./lz4.ts";
import { CompressionCodecs, CompressionTypes } from "kafkajs";
import { compress, uncompress } from "snappyjs";

/** How the records of a batch are compressed. */
export type Compression = "none" | "gzip" | "zstd" | "snappy";

/** One way to compress. */
export interface Codec {
  /** What it is in the attributes of a batch. Source: kafka.apache.org, "Record Batch". */
  readonly attributes: number;
  /** Gives bytes of its own. */
  compress(bytes: Uint8Array): Uint8Array;
  /** @throws whatever its library does, if the bytes are damaged */
  decompress(bytes: Uint8Array): Uint8Array;
}

const ZSTD_LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** The codecs, by their names. */
export const CODECS: Readonly<Record<Exclude<Compression, "none">, Codec>> = {
  gzip: {
    attributes: 1,
    compress: (bytes) => gzipSync(bytes, { level: 1 }),
    decompress: (bytes) => gunzipSync(bytes),
  },
  snappy: { attributes: 2, compress: compressSnappy, decompress: decompressSnappy },
  zstd: {
    attributes: 4,
    compress: (bytes) => zstdCompressSync(bytes, ZSTD_LEVEL),
    decompress: (bytes) => zstdDecompressSync(bytes),
  },
};

/** The codec of that name; null: none. */
export function codecOf(compression: Compression): Codec | null {
  return compression === "none" ? null : CODECS[compression];
}

/**
 * What snappy-java, and so Kafka's clients, put before blocks of snappy: a magic number, a version, and the least version
 * that can read it. Each block has its length before it. Source: github.com/xerial/snappy-java, SnappyCodec.
 */
const XERIAL = new Uint8Array([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
const XERIAL_MAGIC_BYTES = 8;
/** Snappy looks back no further than this. */
const BLOCK_BYTES = 65_536;
const LENGTH_BYTES = 4;

function compressSnappy(bytes: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) blocks.push(compress(bytes.subarray(at, at + BLOCK_BYTES)));
  const out = new Uint8Array(blocks.reduce((sum, block) => sum + LENGTH_BYTES + block.length, XERIAL.length));
  const view = new DataView(out.buffer);
  out.set(XERIAL);
  let at = XERIAL.length;
  for (const block of blocks) {
    view.setUint32(at, block.length);
    out.set(block, at + LENGTH_BYTES);
    at += LENGTH_BYTES + block.length;
  }
  return out;
}

/** Some clients write one block with nothing before it. */
function decompressSnappy(bytes: Uint8Array): Uint8Array {
  for (let i = 0; i < XERIAL_MAGIC_BYTES; i++) if (bytes[i] !== XERIAL[i]) return uncompress(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: Uint8Array[] = [];
  for (let at = XERIAL.length; at < bytes.length;) {
    const length = view.getUint32(at);
    at += LENGTH_BYTES + length;
    if (at > bytes.length) throw new RangeError(`A block of snappy runs ${at - bytes.length} bytes past the end`);
    blocks.push(uncompress(bytes.subarray(at - length, at)));
  }
  return Buffer.concat(blocks);
}

/** What KafkaJS cannot read itself. LZ4 is only read: brokers and other producers write it. */
const READABLE: readonly (readonly [Exclude<CompressionTypes, CompressionTypes.None>, Codec["decompress"]])[] = [
  [CompressionTypes.Snappy, CODECS.snappy.decompress],
  [CompressionTypes.LZ4, decompressLz4],
  [CompressionTypes.ZSTD, CODECS.zstd.decompress],
];

/** Lets KafkaJS read every codec that Kafka knows. */
export function registerCodecs(): void {
  for (const [type, decompress] of READABLE) {
    CompressionCodecs[type] = () => ({
      // KafkaJS encodes nothing here: batches are encoded in produce.ts.
      compress: () => Promise.reject(new TypeError("Cannot compress: KafkaJS was asked to encode a batch")),
      decompress: (bytes: Uint8Array) => Promise.resolve(Buffer.from(decompress(bytes))),
    });
  }
}
