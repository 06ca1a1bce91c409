/**
 * A whole made-up network: its accounts write records of any lexicon, change and delete them, come and go. What
 * happens, and how often, is a {@linkcode Mix}. The same options make the same messages, byte for byte.
 *
 * @module
 */
import { cidForLex } from "@atproto/lex-cbor";
import { Account, makePast, type Past, type SimulatedCommit, type Write } from "./account.ts";
import { pickOther, type SentCommit, strike, writesOf } from "./commit_faults.ts";
import type { CommitFaultName } from "./faults.ts";
import type { Identities } from "./identity/identities.ts";
import { deletesOfOldest } from "./housekeeping.ts";
import { type LiveAccount, LiveRecords, type LiveState } from "./live.ts";
import { commitFrame, messageFrame, type SimulatedFrame, syncFrame } from "./messages.ts";
import { drawWord, type Mix, type MixWord, type Operation } from "./mix.ts";
import { type Member, Population } from "./population.ts";
import { createRandom, type Random } from "./random.ts";
import { withSeq } from "./rewrite.ts";
import { type Moment, oversizePost, Timeline } from "./timeline.ts";
import { KEPT_COMMITS, PAST_RECORDS, registerWith, type World, type WorldOptions } from "./world.ts";
import { Writer } from "./writer.ts";

/** What a network is made from. */
export interface NetworkOptions extends WorldOptions {
  readonly mix: Mix;
  /** Whether {@linkcode Network.live} is wanted: it takes memory without end. */
  readonly keepsRecords?: boolean;
}

/** A world that can say what there is in it. */
export interface Network extends World {
  /** All that ever joined, the deleted ones included. */
  readonly accounts: readonly Account[];
  /**
   * Everything that exists now.
   *
   * @throws {TypeError} if the network was made without `keepsRecords`
   */
  live(): LiveState;
}

/** Makes a network; each account begins with a profile, whatever the mix: they are the first messages. */
export async function createNetwork(options: NetworkOptions): Promise<Network> {
  const random = createRandom(options.seed);
  const past = await makePast(options.pastRecords ?? PAST_RECORDS, options.startMs, random);
  const writer = new Writer(options.mix, random, past, await cidForLex({ blob: options.seed }));
  const network = new SimulatedNetwork(options, random, past, writer);
  for (let i = 0; i < options.accounts; i++) await network.join([], null);
  return network;
}

/** A message that comes before anything is drawn. */
type Step = (moment: Moment) => SimulatedFrame | Promise<SimulatedFrame>;
type AboutNewcomer = (account: Account, moment: Moment) => SimulatedFrame;

/** What comes before the first commit of an account that is new. */
const SIGN_UP: readonly AboutNewcomer[] = [
  ({ did, handle }, moment) => messageFrame("#identity", did, { handle }, moment),
  ({ did }, moment) => messageFrame("#account", did, { active: true }, moment),
];

const RESET_RECORDS = 3;
const HANDLELESS_SHARE = 0.3;
const INVALID_SHARE = 0.05;

class SimulatedNetwork implements Network {
  readonly accounts: Account[] = [];
  readonly #mix: Mix;
  readonly #random: Random;
  readonly #past: Past;
  readonly #timeline: Timeline;
  readonly #population: Population;
  readonly #writer: Writer;
  readonly #identities: Identities | undefined;
  readonly #mostRecords: number | undefined;
  readonly #steps: Step[] = [];
  #stepsDone = 0;
  /** Commits that can be repeated. */
  #commits: (SentCommit & { readonly member: Member })[] = [];
  readonly #records: LiveRecords | null;
  readonly #states = new Map<string, LiveAccount>();

  constructor(options: NetworkOptions, random: Random, past: Past, writer: Writer) {
    this.#mix = options.mix;
    this.#random = random;
    this.#past = past;
    this.#timeline = new Timeline(options, random);
    this.#population = new Population(random);
    this.#writer = writer;
    this.#identities = options.identities;
    this.#mostRecords = options.mostRecords;
    this.#records = options.keepsRecords === true ? new LiveRecords() : null;
  }

  async next(): Promise<SimulatedFrame> {
    const moment = this.#timeline.advance();
    const step = this.#nextStep();
    return await (step === null ? this.#happen(drawWord(this.#mix, this.#random), moment) : step(moment));
  }

  /** Taking them from the front one by one would move those of all the other accounts each time. */
  #nextStep(): Step | null {
    const step = this.#steps[this.#stepsDone++];
    if (step !== undefined) return step;
    this.#steps.length = 0;
    this.#stepsDone = 0;
    return null;
  }

  async nextOversize(bytes: number): Promise<SimulatedFrame> {
    const moment = this.#timeline.advance();
    return await this.#commit(this.#population.pickActive(), [oversizePost(bytes, moment)], moment);
  }

  async nextFaulty(fault: CommitFaultName): Promise<SimulatedFrame> {
    // Accounts that are new have their turn first.
    if (this.#steps.length > this.#stepsDone) return await this.next();
    const moment = this.#timeline.advance();
    const member = this.#population.pickActive();
    const { account } = member;
    const other = pickOther(account, () => this.#population.pickActive().account);
    const writes = writesOf(this.#writer.anyWrites(account, moment), moment);
    const commit = () => this.#commit(member, writes, moment);
    const scene = { account, other, writes, moment, sent: this.#commits, identities: this.#identities, commit };
    return await strike(fault, scene) ?? await commit();
  }

  live(): LiveState {
    const records = this.#records;
    if (records === null) throw new TypeError("Cannot list what exists: the network was made without keepsRecords");
    const all = this.accounts.filter(({ isErased }) => !isErased).flatMap((account) =>
      [...records.of(account)].map(([path, record]) => [`at://${account.did}/${path}`, record] as const)
    );
    return { records: new Map(all), accounts: new Map(this.#states) };
  }

  /** Makes an account that begins with `messages` about it, and its profile; `time` is null before the stream. */
  async join(messages: readonly AboutNewcomer[], time: string | null): Promise<void> {
    const register = registerWith(this.#identities, time);
    const account = await Account.create(this.accounts.length, this.#random, this.#past, register);
    this.#identities?.host(account.did, account);
    this.accounts.push(account);
    const member = this.#population.join(account);
    this.#note(member, {});
    for (const message of messages) this.#steps.push((moment) => message(account, moment));
    this.#steps.push((moment) => this.#commit(member, [this.#writer.profile(account, moment)], moment));
  }

  #happen(word: MixWord, moment: Moment): SimulatedFrame | Promise<SimulatedFrame> {
    switch (word) {
      case "identity":
        return this.#identity(moment);
      case "key-rotation":
        return this.#rotateKey(moment);
      case "account":
        return this.#account(moment);
      case "sync":
      case "reset":
        return this.#sync(word, moment);
      case "unknown":
        return this.#unknown(moment);
      case "broken-chain":
        return this.#breakChain(moment);
      case "repeated-commit":
        return this.#repeat(moment);
      default:
        return this.#write(word, moment);
    }
  }

  async #write(word: Operation, moment: Moment): Promise<SimulatedFrame> {
    const member = this.#population.pickActive();
    const tooMany = deletesOfOldest(member.account, this.#population.size, this.#mostRecords);
    const writes = tooMany.length > 0 ? tooMany : this.#writer.writes(word, member.account, moment);
    return await this.#commit(member, writes, moment);
  }

  async #commit(member: Member, writes: readonly Write[], moment: Moment): Promise<SimulatedFrame> {
    const { account } = member;
    const commit = await account.commit(writes, moment.rev);
    this.#keep(account, commit, moment.seq);
    const frame = commitFrame(account.did, commit, moment);
    this.#commits.push({ member, account, keypair: account.keypair, frame });
    if (this.#commits.length > KEPT_COMMITS) this.#commits.shift();
    return frame;
  }

  /** The message of one commit is lost, and the next one does not follow the last that was seen. */
  async #breakChain(moment: Moment): Promise<SimulatedFrame> {
    const member = this.#population.pickActive();
    const { account } = member;
    const lost = await account.commit(this.#writer.anyWrites(account, moment), moment.rev);
    this.#keep(account, lost, null);
    const next = this.#timeline.advance();
    this.#note(member, { lostSeq: next.seq });
    return await this.#commit(member, this.#writer.anyWrites(account, next), next);
  }

  #repeat(moment: Moment): SimulatedFrame | Promise<SimulatedFrame> {
    const commit = this.#commits[this.#random.below(this.#commits.length)];
    if (commit === undefined) return this.#write("like", moment);
    const { seq } = moment;
    return { ...commit.frame, seq, bytes: withSeq(commit.frame.bytes, seq) };
  }

  async #sync(word: "sync" | "reset", moment: Moment): Promise<SimulatedFrame> {
    const member = this.#population.pickActive();
    const { account } = member;
    const writes = word === "sync" ? [] : this.#writer.deletes(account, 1 + this.#random.below(RESET_RECORDS));
    const commit = await account.commit(writes, moment.rev);
    this.#keep(account, commit, null);
    if (writes.length > 0) this.#note(member, { lostSeq: moment.seq });
    return syncFrame(account.did, commit, moment);
  }

  async #identity(moment: Moment): Promise<SimulatedFrame> {
    const member = this.#population.pickAny();
    const { account } = member;
    if (this.#random.next() < HANDLELESS_SHARE) return messageFrame("#identity", account.did, {}, moment);
    const isInvalid = this.#random.next() < INVALID_SHARE;
    member.handle = isInvalid ? "handle.invalid" : `renamed${++member.renames}.${account.handle}`;
    this.#note(member, {});
    if (isInvalid) this.#identities?.unconfirm(account.did);
    else await this.#identities?.rename(account.did, member.handle, moment.time);
    return messageFrame("#identity", account.did, { handle: member.handle }, moment);
  }

  /** Without a directory nobody could know the new key, so that the message is a hint alone. */
  async #rotateKey(moment: Moment): Promise<SimulatedFrame> {
    const { account, handle } = this.#population.pickActive();
    account.keypair = await this.#identities?.rotate(account.did, moment.time) ?? account.keypair;
    return messageFrame("#identity", account.did, { handle }, moment);
  }

  async #account(moment: Moment): Promise<SimulatedFrame> {
    const member = this.#population.change();
    const { account, active, status } = member;
    this.#identities?.setStatus(account.did, active, status);
    const isErased = status === "deleted" || status === "takendown";
    this.#note(member, isErased ? { erasedSeq: moment.seq } : {});
    if (!active) this.#commits = this.#commits.filter((commit) => commit.member !== member);
    if (member.isDeleted) {
      account.erase();
      await this.#identities?.close(account.did, moment.time);
      this.#records?.erase(account.did);
      // Another one comes, so that a network does not run out of accounts.
      await this.join(SIGN_UP, moment.time);
    }
    return messageFrame("#account", account.did, { active, ...(status === null ? {} : { status }) }, moment);
  }

  #unknown(moment: Moment): SimulatedFrame {
    const { account: { did }, handle } = this.#population.pickActive();
    switch (this.#random.below(3)) {
      case 0:
        return messageFrame("#handle", did, { handle }, moment);
      case 1:
        return messageFrame("#migrate", did, { migrateTo: null }, moment);
      default:
        return messageFrame("#example", did, { detail: { list: [1, null, "x"] } }, moment);
    }
  }

  #keep(account: Account, { ops }: SimulatedCommit, seq: number | null): void {
    this.#writer.remember(account, ops);
    this.#records?.apply(account.did, ops, seq);
  }

  #note({ account, handle, active, status }: Member, change: Partial<LiveAccount>): void {
    const { erasedSeq = null, lostSeq = null } = this.#states.get(account.did) ?? {};
    this.#states.set(account.did, { handle, active, status, erasedSeq, lostSeq, ...change });
  }
}
