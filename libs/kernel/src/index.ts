export { AppError, isAppError, toAppError, type AppErrorOptions, type FieldError } from './app-error.js';
export { decodeBase32, encodeBase32 } from './base32.js';
export { CATEGORIES, categoryIndex, type Category } from './category.js';
export { ManualClock, OffsetClock, systemClock, systemMonotonic, type Clock, type Monotonic } from './clock.js';
export { ERROR_CODES, type ErrorCode, type ErrorCodeDefinition } from './error-code.js';
export { bytesOfUuid, IdSource, parsePublicId, publicId, recipientId, recipientRef, timeOfUuid, uuid7, uuidOfBytes, type IdPrefix } from './ids.js';
export { messageStatus, STANDINGS, TERMINAL_STATUSES, type Mode, type RecipientStatus, type Standing } from './mode.js';
export { seededRandom, systemRandom, type Random } from './random.js';
export { ok, refused, retry, type ItemResult } from './result.js';
