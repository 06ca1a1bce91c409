/**
 * Who is on a made-up network: accounts that write, accounts that are silent, and what `#account` says of them.
 *
 * @module
 */
import type { Account } from "./account.ts";
import { pickWeighted, type Random } from "./random.ts";

/** An account and how it stands. */
export interface Member {
  readonly account: Account;
  handle: string;
  /** How often it changed its handle. */
  renames: number;
  active: boolean;
  /** What the last `#account` gave as the reason; null for none. */
  status: string | null;
  isDeleted: boolean;
}

/** What an `#account` says. */
export interface AccountStatus {
  readonly active: boolean;
  readonly status: string | null;
}

const ACTIVE: AccountStatus = { active: true, status: null };
/** What happens to an account that writes, and how often. */
const CHANGES: readonly (AccountStatus & { readonly weight: number })[] = [
  { active: false, status: "deactivated", weight: 40 },
  { active: false, status: "deleted", weight: 20 },
  { active: false, status: "takendown", weight: 12 },
  { active: false, status: "suspended", weight: 10 },
  { active: false, status: "desynchronized", weight: 4 },
  { active: true, status: "throttled", weight: 4 },
  // What nobody knows yet, and what says less than it might.
  { active: false, status: "quarantined", weight: 3 },
  { active: true, status: "under-review", weight: 3 },
  { active: false, status: null, weight: 2 },
  { active: true, status: null, weight: 2 },
];
/** How much sooner something happens to a silent account than to one that writes: an eighth or so are silent. */
const RETURN_FACTOR = 4;
/** A silent account comes back, but for one in so many, which changes from one silence to the next. */
const SILENT_ON_ONE_IN = 5;

/** The accounts of a network. One at least can always write. */
export class Population {
  readonly #active: Member[] = [];
  readonly #silent: Member[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Takes in an account, which writes from now on. */
  join(account: Account): Member {
    const member = { account, handle: account.handle, renames: 0, active: true, status: null, isDeleted: false };
    this.#active.push(member);
    return member;
  }

  /** How many there are that are not deleted. */
  get size(): number {
    return this.#active.length + this.#silent.length;
  }

  /** One that can write. */
  pickActive(): Member {
    return this.#oneOf(this.#active);
  }

  /** One that is not deleted. */
  pickAny(): Member {
    const index = this.#random.below(this.size);
    return this.#active[index] ?? this.#silent[index - this.#active.length] ?? this.pickActive();
  }

  /** Changes how one stands. */
  change(): Member {
    const random = this.#random;
    const canSilence = this.#active.length > 1;
    const silentShare = this.#silent.length / this.size;
    if (this.#silent.length > 0 && (!canSilence || random.next() < RETURN_FACTOR * silentShare)) {
      const member = this.#oneOf(this.#silent);
      const staysSilent = canSilence && random.below(SILENT_ON_ONE_IN) === 0;
      this.#set(member, staysSilent ? drawChange(random, ({ active }) => !active) : ACTIVE);
      return member;
    }
    const member = this.pickActive();
    this.#set(member, drawChange(random, ({ active }) => active || canSilence));
    return member;
  }

  #oneOf(members: readonly Member[]): Member {
    const member = members[this.#random.below(members.length)];
    if (member === undefined) throw new RangeError("Cannot make messages without accounts; expected one at least");
    return member;
  }

  #set(member: Member, { active, status }: AccountStatus): void {
    remove(member.active ? this.#active : this.#silent, member);
    Object.assign(member, { active, status, isDeleted: status === "deleted" });
    if (!member.isDeleted) (active ? this.#active : this.#silent).push(member);
  }
}

function drawChange(random: Random, isPossible: (change: AccountStatus) => boolean): AccountStatus {
  return pickWeighted(random, CHANGES.filter(isPossible), ({ weight }) => weight) ?? ACTIVE;
}

/** The last one takes the place of the one that goes: the order means nothing. */
function remove(members: Member[], member: Member): void {
  const last = members.pop();
  if (last !== undefined && last !== member) members[members.indexOf(member)] = last;
}
