// The memory map. All regions are fixed: nothing is allocated and memory never grows. README.md has it as a table. The
// host reads and writes by the same names.

/** Bytes of a row of FRAMES. */
export const FRAME_ROW: usize = 128;
/** Bytes of a row of OPS. */
export const OP_ROW: usize = 80;
/** How many rows FRAMES has. */
export const MAX_FRAMES: u32 = 512;
/** How many rows OPS has. */
export const MAX_OPS: u32 = 4096;
/** How many slots there are. */
export const MAX_SLOTS: u32 = 128;
/** Bytes that may be read or overwritten behind what is wanted, as texts are copied sixteen bytes at a time. */
export const SLACK: usize = 256;

/** What each byte may stand in: 256 bytes. Below stands what the compiler puts there. */
export const CLASSES: usize = 0x10000;
/** SHA-256: the schedule and the state of four lanes, the tails of four messages, and the lanes themselves. */
export const SHA: usize = 0x11000;
/** Where the fields of the record that is read now stand: eight bytes a slot. */
export const SLOTS: usize = 0x13000;
/** CRC-32C: twelve tables of 256 words. */
export const CRC: usize = 0x14000;
/** One row a record of a Kafka batch, written by the host. */
export const RECORDS: usize = 0x18000;
/** How many rows RECORDS has. */
export const MAX_RECORDS: u32 = 2048;
/** One row a frame; the host writes the first two words. */
export const FRAMES: usize = 0x20000;
/** One row a wanted operation. */
export const OPS: usize = 0x40000;
/** The handles of the frames' accounts, as JSON, written by the host. */
export const HANDLES: usize = 0xa0000;
/** How many bytes each frame has there: the longest handle has 253. */
export const HANDLE_BYTES: usize = 256;
/** Collections, programs, names and pieces, written by the host. */
export const CONFIG: usize = 0x100000;
/** The size of CONFIG. */
export const CONFIG_BYTES: usize = 0x200000;
/** A part of a record as JSON, before it becomes a text within JSON. */
export const JSON: usize = 0x300000;
/** The messages of a batch, one after the other, written by the host. */
export const INPUT: usize = 0x400000;
/** The size of INPUT. */
export const INPUT_BYTES: usize = 0x400000 - SLACK;
/** Finished events, one after the other. */
export const OUT: usize = 0x800000;
/** The size of OUT. */
export const OUT_BYTES: usize = 0x800000 - SLACK;
/** Events that have not been acknowledged: slots, each with rows of operations, and what OUT had of them. */
export const EVENTS: usize = 0x1000000;
/** Bytes of a slot of EVENTS. */
export const SLOT_BYTES: usize = 0x60000;
/** How many slots EVENTS has. */
export const EVENT_SLOTS: u32 = 80;
/** Records that the core has no row of, and headers, written by the host for a batch. */
export const STAGE: usize = 0x2e01000;
/** The size of STAGE. */
export const STAGE_BYTES: usize = 0x1ff000 - SLACK;
/** The records of a Kafka batch, behind what the host may write before them. */
export const WIRE: usize = 0x3000000;
/** The size of WIRE. */
export const WIRE_BYTES: usize = 0x300000 - SLACK;
/** Where the records begin in WIRE. */
export const WIRE_HEAD: usize = 64;

// A row of FRAMES. A range is two words: where it begins and ends.

/** Where the message begins. */
export const F_START: usize = 0;
/** How many bytes it has. */
export const F_LENGTH: usize = 4;
/** Its number, as a floating-point number. */
export const F_SEQ: usize = 8;
/** The range of its DID. */
export const F_DID: usize = 16;
/** The range of its revision. */
export const F_REV: usize = 24;
/** The range of its time. */
export const F_TIME: usize = 32;
/** The range of its archive. */
export const F_BLOCKS: usize = 40;
/** The range of its operations, with the head of the array. */
export const F_OPS: usize = 48;
/** The first of its rows in OPS. */
export const F_FIRST_OP: usize = 56;
/** How many it has. */
export const F_OP_COUNT: usize = 60;
/** Its time in milliseconds since 1970, as a floating-point number. */
export const F_TIME_MS: usize = 64;
/** The fingerprint of DID and revision, as a floating-point number. */
export const F_FINGERPRINT: usize = 72;
/** One of the states below. */
export const F_STATE: usize = 80;
/** How many operations it has in all. */
export const F_OPERATIONS: usize = 84;
/** How many of them are left out by their collection. */
export const F_OTHER_COLLECTION: usize = 88;
/** How many are left out because they create or update. */
export const F_WRITES: usize = 92;
/** How many are left out because they delete. */
export const F_DELETES: usize = 96;
/** Written by the host: nobody wants this frame's events. */
export const F_IS_SKIPPED: usize = 100;
/** The time in its revision in milliseconds since 1970, as a floating-point number; NaN where it holds none. */
export const F_REVISION_MS: usize = 112;
/** Written by the host: the range of the handle of its account, as JSON. */
export const F_HANDLE: usize = 120;
/** Of an unusual frame, the range of the collection that the table lacks, for which it is; else 0. */
export const F_UNKNOWN: usize = 104;

/** The host decides what the frame is. */
export const UNUSUAL: u32 = 0;
/** The fields and the rows of its operations are good. */
export const DECODED: u32 = 1;
/** So are the blocks of its operations, some of which have events. */
export const ENCODED: u32 = 2;
/** All of its operations that are not skipped have events. */
export const WRITTEN: u32 = 3;

// A row of OPS.

/** The row of its frame. */
export const O_FRAME: usize = 0;
/** The row of its collection in CONFIG. */
export const O_COLLECTION: usize = 4;
/** The range of its path. */
export const O_PATH: usize = 8;
/** Where its CID stands, of 36 bytes: `01 CODEC 12 20` and the digest. */
export const O_CID: usize = 16;
/** What it does: one of the kinds below. */
export const O_KIND: usize = 20;
/** The range of its block; of a delete that of the item which should be the CID before, or zeros. */
export const O_BLOCK: usize = 24;
/** Written by the host: nobody wants this event. */
export const O_IS_SKIPPED: usize = 32;
/** One of the states below. */
export const O_STATE: usize = 36;
/** Where the event begins: with its key, if that is a URI. */
export const O_KEY: usize = 40;
/** Where its headers begin. */
export const O_HEADERS: usize = 44;
/** The range of its value. */
export const O_VALUE: usize = 48;
/** The range of the DID in it. */
export const O_DID: usize = 56;
/** The time of its frame, as in F_TIME_MS. */
export const O_TIME_MS: usize = 64;
/** The number of its frame, as in F_SEQ. */
export const O_SEQ: usize = 72;

/** The operation creates a record. */
export const CREATE: u32 = 1;
/** It updates one. */
export const UPDATE: u32 = 2;
/** It deletes one. */
export const DELETE: u32 = 3;

/** The digest of the block is not known to be right. */
export const OPEN: u32 = 0;
/** It is right; the host writes the event. */
export const RIGHT: u32 = 1;
/** The event is written. */
export const DONE: u32 = 2;

// A row of RECORDS.

/** Bytes of such a row. */
export const RECORD_ROW: usize = 8;
/** Where the row of its operation is, whose O_TIME_MS is the time of the record. */
export const R_ROW: usize = 0;
/** Both of the flags below, or one, or none. */
export const R_FLAGS: usize = 4;
/** The key is the URI; else the DID. */
export const R_KEY_IS_URI: u32 = 1;
/** The time is that of sending. */
export const R_SENT: u32 = 2;

// A collection in CONFIG, all in words.

/** Bytes of such a row. */
export const C_ROW: usize = 24;
/** How many bytes its name has. */
export const C_LENGTH: usize = 0;
/** Where its name stands. */
export const C_NAME: usize = 4;
/** Whether it is wanted. */
export const C_IS_WANTED: usize = 8;
/** Where the program stands that writes its events. */
export const C_PROGRAM: usize = 12;
/** The next row of the same bucket; 0: none. */
export const C_NEXT: usize = 16;
