import { AppError, type FieldError } from '@nexoramail/kernel';
import { parseAddress } from '@nexoramail/mail';

/** Roles of customers' people, then of staff. */
export const CUSTOMER_ROLES: ReadonlySet<string> = new Set(['owner', 'admin', 'developer', 'viewer']);
/** Roles of people who belong to no account. */
export const STAFF_ROLES: ReadonlySet<string> = new Set(['staff_admin', 'staff_support', 'staff_compliance']);

/** A person who can sign in. */
export interface User {
  readonly id: string;
  /** Undefined for staff. */
  readonly accountId: string | undefined;
  readonly email: string;
  readonly role: string;
}

/** A sign-in address: as it is shown, and the form in which two spellings are one person. `+label` and dots stay: they may be other people. */
export function signInAddress(text: string): { readonly email: string; readonly key: string } {
  const { email } = parseAddress(text.trim(), { pointer: '/email' });
  return { email, key: email.normalize('NFKC').toLowerCase().normalize('NFKC') };
}

/** Refuses a role that does not belong to where the person works. Throws `validation_failed`. */
export function checkRole(role: string, accountId: string | undefined): void {
  if ((accountId === undefined ? STAFF_ROLES : CUSTOMER_ROLES).has(role)) return;
  throw invalidUser({ pointer: '/role', code: 'unknown_role', message: accountId === undefined ? 'This is not a role of staff.' : 'This is not a role of an account.' });
}

/** The refusal of one field of a person. */
export function invalidUser(error: FieldError): AppError {
  return new AppError('validation_failed', error.message, { errors: [error] });
}
