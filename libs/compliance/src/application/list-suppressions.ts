import type { Clock, Mode, Page } from '@nexoramail/kernel';
import { reasonFilter, type Suppression } from '../domain/suppression.js';
import type { SuppressionStore } from './ports/suppression-store.js';

/** Entries that hold now, newest first, of one reason or of all. */
export class ListSuppressionsHandler {
  constructor(private readonly store: SuppressionStore, private readonly clock: Clock) {}

  async execute(accountId: string, mode: Mode, reason: string, afterId: string | undefined, limit: number): Promise<Page<Suppression>> {
    return this.store.list(accountId, mode, reasonFilter(reason), afterId, limit, this.clock.now());
  }
}
