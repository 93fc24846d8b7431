/** A person's TOTP factor while one try is counted. */
export interface FactorTry {
  readonly secret: Uint8Array;
  readonly lastStep: number;
}

/** TOTP factors. Each try is counted before it is judged, so that parallel tries cannot outrun the lock. */
export interface FactorStore {
  /** Counts a try and gives the factor, or undefined when there is none or it is locked. */
  begin(userId: string): Promise<FactorTry | undefined>;
  /** Takes the step and clears the count, unless this step or a later one was taken meanwhile: then false. */
  take(userId: string, step: number): Promise<boolean>;
}
