/**
 * Whether a point lies on one of the two curves of account keys. Whoever controls a DID document may write anything there.
 *
 * @module
 */

/** y² = x³ + ax + b modulo p (SEC 2, secp256k1 and secp256r1). */
interface CurveNumbers {
  readonly p: bigint;
  readonly a: bigint;
  readonly b: bigint;
}

const CURVES: Readonly<Record<"k256" | "p256", CurveNumbers>> = {
  k256: { p: 2n ** 256n - 2n ** 32n - 977n, a: 0n, b: 7n },
  p256: {
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    a: -3n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
};

/** Whether there is a point with this x, and with this y if that is given; both are big-endian. */
export function isOnCurve(curve: "k256" | "p256", x: Uint8Array, y: Uint8Array | null): boolean {
  const { p, a, b } = CURVES[curve];
  const at = numberOf(x);
  if (at >= p) return false;
  const square = (((at * at + a) * at + b) % p + p) % p;
  if (y === null) return isSquare(square, p);
  const height = numberOf(y);
  return height < p && height * height % p === square;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex()}`);
}

/** The Jacobi symbol is not -1: p is a prime, so a number has a root exactly then. */
function isSquare(number: bigint, p: bigint): boolean {
  let [top, bottom, sign] = [number, p, 1];
  while (top !== 0n) {
    while ((top & 1n) === 0n) {
      top >>= 1n;
      const rest = bottom & 7n;
      if (rest === 3n || rest === 5n) sign = -sign;
    }
    [top, bottom] = [bottom, top];
    if ((top & 3n) === 3n && (bottom & 3n) === 3n) sign = -sign;
    top %= bottom;
  }
  return sign === 1 || number === 0n;
}
