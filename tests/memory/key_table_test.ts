import { assert, assertEquals } from "@std/assert";
import { KeyTable } from "../../src/memory/key_table.ts";

function find(table: KeyTable, key: number): number {
  table.key[0] = key;
  return table.find();
}

function put(table: KeyTable, key: number, value: number): void {
  const found = find(table, key);
  const slot = found < 0 ? table.insert() : found;
  table.words[slot * table.entryWords + 1] = value;
}

function get(table: KeyTable, key: number): number | null {
  const slot = find(table, key);
  return slot < 0 ? null : table.words[slot * table.entryWords + 1] ?? null;
}

Deno.test("KeyTable finds what a Map would, through 20,000 random inserts and removals", () => {
  const table = new KeyTable(1000, 1, 1, 7);
  const map = new Map<number, number>();
  let state = 1;
  const random = (below: number) => (state = Math.imul(state, 48271) >>> 1) % below;
  for (let i = 0; i < 20_000; i++) {
    const key = random(900);
    if (random(3) === 0) {
      const slot = find(table, key);
      assertEquals(slot >= 0, map.delete(key));
      if (slot >= 0) table.remove(slot);
    } else {
      put(table, key, i);
      map.set(key, i);
    }
    if (i % 100 === 0) { for (let each = 0; each < 900; each++) assertEquals(get(table, each), map.get(each) ?? null); }
  }
  assert(table.size === map.size && map.size > 300, `${map.size}`);
});

Deno.test("KeyTable that is full lets the oldest go, but not what was touched since the last round", () => {
  const table = new KeyTable(4, 1, 1, 0);
  const keys = () => Array.from({ length: 12 }, (_, key) => key).filter((key) => get(table, key) !== null);
  for (let key = 0; key < 6; key++) put(table, key, key);
  assertEquals([keys(), table.size], [[2, 3, 4, 5], 4]);
  table.touch(find(table, 2));
  put(table, 6, 6);
  assertEquals(keys(), [2, 4, 5, 6]);
  for (let key = 7; key < 11; key++) put(table, key, key);
  assertEquals(keys(), [7, 8, 9, 10]);
});

Deno.test("KeyTable takes little more than its entries, and is full to the last slot", () => {
  // Of repositories, and of subjects, as the options' help says.
  for (const [keyWords, valueWords, most] of [[4, 4, 40], [6, 17, 100]] as const) {
    const table = new KeyTable(50_000, keyWords, valueWords, 3);
    for (let i = 0; i < 50_000; i++) {
      table.key.set([i, 0, 0, i]);
      table.insert();
    }
    table.key.set([49_999, 0, 0, 49_999]);
    assertEquals([table.size, table.find()], [50_000, 49_999]);
    assert(table.byteLength / table.size < most, `${table.byteLength / table.size}`);
  }
});

Deno.test("KeyTable.copy() gives all entries once, those that go first at the beginning", () => {
  const table = new KeyTable(5, 1, 1, 0);
  for (let key = 0; key < 8; key++) put(table, key, key * 10);
  table.remove(find(table, 4));
  const { oldest } = table;
  const target = new Uint32Array(6);
  const copied = [0, 3].flatMap((from) => [...target.subarray(0, table.copy(oldest, from, 3, target) * 2)]);
  assertEquals(copied, [3, 30, 5, 50, 6, 60, 7, 70]);
});
