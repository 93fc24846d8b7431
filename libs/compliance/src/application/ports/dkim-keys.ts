/** Signing keys, whose private parts live in dispatch only. */
export interface DkimKeys {
  /** Makes the key of a domain and selector unless there is one. Returns the TXT value to publish. */
  ensure(key: { readonly accountId: string; readonly domainId: string; readonly domain: string; readonly selector: string }): Promise<string>;
}
