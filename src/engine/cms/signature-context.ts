/** With what a signature is judged: certificates, clock, policy, and whom to ask for more. */
import type { Budget } from "../base/budget.js";
import type { ReadPolicy } from "../policy/policy.js";
import type { AuthorMemory, SignatureRecord } from "../verdict/author-memory.js";
import type { JudgedAt } from "../verdict/verdict.js";
import type { PathSources } from "../x509/build-path.js";
import type { EvidenceSource, RevocationPolicy } from "../x509/evidence-source.js";
import type { PathConditions } from "../x509/path-conditions.js";

export interface SignatureContext extends PathSources {
  readonly time: Date;
  readonly policy: ReadPolicy;
  readonly budget: Budget;
  /** what we recorded of signatures, and which certificates a person confirmed */
  readonly records?: readonly SignatureRecord[];
  readonly memory?: AuthorMemory;
  readonly evidence?: EvidenceSource;
  readonly revocation?: RevocationPolicy;
}

/** With somebody who looks at each path that holds. */
export interface JudgingContext extends SignatureContext {
  readonly judgeAt?: (judgedAt: JudgedAt) => NonNullable<PathConditions["judge"]>;
}
