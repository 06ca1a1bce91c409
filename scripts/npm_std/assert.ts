/**
 * `@std/assert` for the npm-only import map: JSR's signatures for npm's untyped copy, so that both maps check alike.
 * Where JSR answers nothing loads this, and type checking holds it against JSR's own declarations.
 *
 * @module
 */
import * as std from "@std/assert";

/** Any class, whatever its constructor takes; JSR declares that as `any[]`. */
type AnyConstructor = new (...args: never[]) => unknown;

/** What a class makes. */
type Made<T extends AnyConstructor> = T extends new (...args: never[]) => infer C ? C : never;

/** Fails unless the value is truthy. */
export const assert: (expr: unknown, msg?: string) => asserts expr = std.assert;

/** Fails unless both values are deeply equal. */
export const assertEquals: <T>(actual: T, expected: T, msg?: string) => void = std.assertEquals;

/** Fails if the value is truthy. */
export const assertFalse: (expr: unknown, msg?: string) => asserts expr is false | 0 | 0n | "" | null | undefined =
  std.assertFalse;

/** Fails unless the value is an instance of the class. */
export const assertInstanceOf: <T extends AnyConstructor>(
  actual: unknown,
  expectedType: T,
  msg?: string,
) => asserts actual is Made<T> = std.assertInstanceOf;

/** Fails unless the text matches the pattern. */
export const assertMatch: (actual: string, expected: RegExp, msg?: string) => void = std.assertMatch;

/** Fails if both values are deeply equal. */
export const assertNotEquals: <T>(actual: T, expected: T, msg?: string) => void = std.assertNotEquals;

/** What `assertRejects` takes: without a class what was thrown is unknown, with one it is an instance of it. */
export interface AssertRejects {
  (fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
  <E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    ErrorClass: new (...args: never[]) => E,
    msgIncludes?: string,
    msg?: string,
  ): Promise<E>;
}

/** Fails unless the promise rejects; gives the reason. */
export const assertRejects: AssertRejects = std.assertRejects;

/** Fails unless the text includes the other one. */
export const assertStringIncludes: (actual: string, expected: string, msg?: string) => void = std.assertStringIncludes;

/** What `assertThrows` takes: without a class what was thrown is unknown, with one it is an instance of it. */
export interface AssertThrows {
  (fn: () => unknown, msg?: string): unknown;
  <E extends Error = Error>(
    fn: () => unknown,
    ErrorClass: new (...args: never[]) => E,
    msgIncludes?: string,
    msg?: string,
  ): E;
}

/** Fails unless the function throws; gives what it threw. */
export const assertThrows: AssertThrows = std.assertThrows;
