import { AppError } from '@nexoramail/kernel';

/** One text for every wrong sign-in, so that nobody learns which addresses exist. */
export function wrongCredentials(): AppError {
  return new AppError('unauthorized', 'The address or the password is not right.');
}

/** One text for every wrong code: mistyped, used before, expired, or of a locked factor. */
export function wrongCode(): AppError {
  return new AppError('unauthorized', 'The code is not right or was used before. Wait for the next one.');
}

/** One text for every session that opens nothing. */
export function noSession(): AppError {
  return new AppError('unauthorized', 'You are not signed in, or the session has ended. Sign in again.');
}

/** One text for every API key that opens nothing: unknown, revoked, expired. */
export function deadApiKey(): AppError {
  return new AppError('unauthorized', 'The API key is not valid: it does not exist, was revoked or has expired.');
}
