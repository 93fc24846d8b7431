/** How calls of one rpc are treated by every binding. */
export interface MethodPolicy {
  /** Milliseconds after which the caller gives up, counted from its call. */
  readonly deadlineMs: number;
  /** A repeat has no further effect: the client repeats once when the line broke or the server was away. */
  readonly idempotent: boolean;
  /** Most entries of any list at the top of the request. */
  readonly maxItems: number;
}

/** Largest request or answer in bytes (`performance.md` §6). Batches are cut at half of it. */
export const MAX_FRAME_BYTES = 4_194_304;

const DEFAULT_DEADLINE_MS = 5_000;
const DEFAULT_MAX_ITEMS = 1_000;
const READS = /\/(Get|List|Check|Screen|Authenticate|Read|Find|Explain|Ensure|Scan)[A-Z]?[A-Za-z]*$/;

/** Where a contract in `proto/` says something else than the defaults (5 s, 1,000 items, reads are repeatable). */
export const METHOD_POLICIES: Readonly<Record<string, Partial<MethodPolicy>>> = {
  '/nexora.accounts.v1.IdentityService/Authenticate': { deadlineMs: 2_000, maxItems: 500 },
  '/nexora.accounts.v1.IdentityService/SignOut': { idempotent: true },
  '/nexora.compliance.v1.ScreeningService/Screen': { deadlineMs: 2_000, maxItems: 500 },
  '/nexora.compliance.v1.SuppressionsService/SuppressRecipients': { deadlineMs: 2_000, idempotent: true, maxItems: 500 },
  '/nexora.compliance.v1.DomainsService/VerifyDomain': { deadlineMs: 15_000, idempotent: true }, // asks the DNS of others
  '/nexora.dispatch.v1.SubmissionService/Submit': { idempotent: true, maxItems: 500 },
  '/nexora.dispatch.v1.MessagesService/CancelMessages': { idempotent: true, maxItems: 100 },
  '/nexora.dispatch.v1.MessagesService/RescheduleMessage': { idempotent: true },
  '/nexora.dispatch.v1.QueueAdminService/SetSwitches': { idempotent: true },
  '/nexora.tracking.v1.FeedService/ListEvents': { deadlineMs: 30_000 }, // waits up to 25 s for the first event
};

/** The policy of a method's path. */
export function policyOf(path: string, table = METHOD_POLICIES): MethodPolicy {
  return { deadlineMs: DEFAULT_DEADLINE_MS, idempotent: READS.test(path), maxItems: DEFAULT_MAX_ITEMS, ...table[path] };
}
