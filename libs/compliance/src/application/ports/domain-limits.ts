/** How many domains an account may have; 0 is no limit. */
export interface DomainLimits {
  /** From the copy; a missing one is fetched from its owner, never a refusal. `not_found` when there is no such account. */
  of(accountId: string): Promise<number>;
}
