import type { AppError } from './app-error.js';

/**
 * Answer for one item of a batch (`flows.md` §1 rule 2). `refused` is final; `retry` says that nothing was stored and that the
 * same ids may be sent again.
 */
export type ItemResult<T> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'refused' | 'retry'; readonly error: AppError };

/** An item's success. */
export const ok = <T>(value: T): ItemResult<T> => ({ kind: 'ok', value });

/** An item's final refusal. */
export const refused = (error: AppError): ItemResult<never> => ({ kind: 'refused', error });

/** An item that may be sent again. */
export const retry = (error: AppError): ItemResult<never> => ({ kind: 'retry', error });
