import { AppError, CATEGORIES, type Random } from '@nexoramail/kernel';

/** One customer. */
export interface Account {
  readonly id: string;
  /** 1…2^40−1, random: tells nothing about the number of customers. */
  readonly ref: number;
  readonly name: string;
  /** Category of messages that name none; empty: they must. */
  readonly defaultCategory: string;
  readonly createdAt: Date;
}

/** A random account number of 40 bits, never 0. */
export function newAccountRef(random: Random): number {
  const ref = Buffer.from(random.bytes(5)).readUIntBE(0, 5);
  return ref === 0 ? 1 : ref;
}

/** The name of an account: 1…200 characters, trimmed. Throws `validation_failed`. */
export function accountName(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= 200) return name;
  const message = 'The name of an account has 1 to 200 characters.';
  throw new AppError('validation_failed', message, { errors: [{ pointer: '/name', code: 'length', message }] });
}

/** A default category: empty, or one of the closed list. Throws `category_not_permitted`. */
export function defaultCategory(text: string): string {
  if (text === '' || Object.hasOwn(CATEGORIES, text)) return text;
  const message = 'The default category is not one of the permitted transactional categories.';
  throw new AppError('category_not_permitted', message, { errors: [{ pointer: '/default_category', code: 'category_not_permitted', message }] });
}
