/** Slow, salted hashing of passwords. */
export interface PasswordHasher {
  /** The hash in PHC form. */
  hash(password: string): Promise<string>;
  /** Whether the password belongs to the hash. Without a hash it costs the same and is false. */
  verify(hash: string | undefined, password: string): Promise<boolean>;
}
