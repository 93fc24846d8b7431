import { AppError } from '@nexoramail/kernel';
import { frameTooLarge } from './errors.js';
import { MAX_FRAME_BYTES, type MethodPolicy } from './policies.js';

/** Refuses a request that is too large or carries too many items: the same in every binding, before anything is sent or run. */
export function validateRequest(request: unknown, policy: MethodPolicy): AppError | undefined {
  if (typeof request !== 'object' || request === null) return new AppError('internal', 'The request is not a message.');
  for (const value of Object.values(request)) {
    if (Array.isArray(value) && value.length > policy.maxItems) {
      return new AppError('validation_failed', `A call may carry at most ${policy.maxItems} items, this one has ${value.length}.`, { errors: [{ pointer: '', code: 'too_many_items', message: `at most ${policy.maxItems} items` }] });
    }
  }
  return exceeds(request, MAX_FRAME_BYTES) ? frameTooLarge() : undefined;
}

/**
 * Whether a message is larger than `limit` bytes on the wire, without encoding it: texts and bytes as they are, two bytes for any other field.
 * First by text lengths alone (one unit is one to three bytes of UTF-8); exactly only when that leaves it open.
 */
export function exceeds(message: unknown, limit: number): boolean {
  const least = sizeOf(message, (text) => text.length);
  if (least > limit) return true;
  return least * 3 > limit && sizeOf(message, (text) => Buffer.byteLength(text)) > limit;
}

function sizeOf(value: unknown, sizeOfText: (text: string) => number): number {
  if (typeof value === 'string') return value.length === 0 ? 0 : 2 + sizeOfText(value);
  if (typeof value !== 'object' || value === null) return value === undefined || value === null ? 0 : 2;
  if (ArrayBuffer.isView(value)) return 2 + value.byteLength;
  let size = 2;
  if (Array.isArray(value)) for (const item of value) size += sizeOf(item, sizeOfText);
  else if (!(value instanceof Date)) for (const key in value) size += sizeOf((value as Record<string, unknown>)[key], sizeOfText);
  return size;
}
