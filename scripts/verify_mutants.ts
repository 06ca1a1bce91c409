/**
 * VERIFY_MUTANTS: one-line faults in what verification rests on.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const SIGNATURE = { file: "src/atproto/signature.ts", test: "tests/atproto/signature_test.ts" } as const;
const VERIFY = { file: "src/atproto/verify.ts", test: "tests/atproto/verify_test.ts" } as const;
const PROOF = { file: "src/atproto/inversion.ts", test: "tests/atproto/inversion_test.ts" } as const;
const ARCHIVE = { file: "src/atproto/archive.ts", test: "tests/atproto/archive_test.ts" } as const;
const BATCHES = { file: "src/verify/verification.ts", test: "tests/verify/verification_test.ts" } as const;
const LOOK = { file: "src/verify/second_look.ts", test: "tests/verify/second_look_test.ts" } as const;
const VERDICTS = { file: "src/pipeline/verdicts.ts", test: "tests/pipeline/verdicts_test.ts" } as const;
const RUN = { file: "src/pipeline/pipeline.ts", test: "tests/pipeline/verdicts_test.ts" } as const;

/** Each with the fast test that must notice it. */
export const VERIFY_MUTANTS: readonly Mutant[] = [
  {
    ...SIGNATURE,
    name: "the higher S is taken",
    from: 'return byte < bound ? "valid" : "high-s";',
    to: 'return byte < bound ? "valid" : "valid";',
  },
  {
    ...VERIFY,
    name: "a commit of another account is taken",
    from: '    if (!sameSpans(bytes, claims.did, commit.did)) return "did-mismatch";\n',
    to: "",
  },
  {
    ...VERIFY,
    name: "another revision is taken",
    from: '    if (!sameSpans(bytes, claims.rev, commit.rev)) return "rev-mismatch";\n',
    to: "",
  },
  {
    ...PROOF,
    name: "the tree before is not compared",
    from: 'return isSame(tree.rootCid(), before) ? "proved" : "prev-data-mismatch";',
    to: 'return isSame(tree.rootCid(), before) ? "proved" : "proved";',
  },
  {
    ...PROOF,
    name: "operations are not looked for in the tree",
    from: '    if (!isAsStated(tree, stated)) return "op-mismatch";\n',
    to: "",
  },
  {
    ...ARCHIVE,
    name: "a block is not hashed",
    from: "return cidMatches(this.bytes, section.cid, section.block) ? section.block : null;",
    to: "return section.block;",
  },
  {
    ...BATCHES,
    name: "a batch leaves before one that came first",
    from: "        const [first] = held;",
    to: "        const first = held.find(({ isDone }) => isDone) ?? held[0];",
  },
  {
    ...BATCHES,
    name: "messages are held without a bound",
    from: "const hasRoom = held.length === 0 || heldBytes < this.#options.maxBytes;",
    to: "const hasRoom = true;",
  },
  {
    ...LOOK,
    name: "a document that does not come makes a signature false",
    from: 'if (refreshed === "unanswered") return verdictOf("key-unconfirmed");',
    to: 'if (refreshed === "unanswered") return verdict;',
  },
  {
    ...VERDICTS,
    name: "what is unknown is left out",
    from: 'if (reason === null || !this.isFalse || this.#source.unverified === "mark") return null;',
    to: 'if (reason === null || this.#source.unverified === "mark") return null;',
  },
  {
    ...RUN,
    name: "a forged commit is remembered for the true one",
    from: "if (repos === null || this.#verdicts.isFalse) return false;",
    to: "if (repos === null) return false;",
  },
  {
    ...RUN,
    name: "the records of a forged commit stand for the true ones",
    from: 'const isKept = result.kind !== "rejected" && !this.#verdicts.isFalse;',
    to: 'const isKept = result.kind !== "rejected";',
  },
];
