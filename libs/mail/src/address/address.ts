import { AppError } from '@nexoramail/kernel';

/** One mailbox in its canonical form (RFC 5321 §4.1.2): no display name, no quotes that are not needed, the domain as lower-case A-labels. */
export interface Address {
  /** `localPart@domain`: what stands in the envelope and in headers; at most 254 octets. */
  readonly email: string;
  /** As written, but for needless quotes; at most 64 octets. Case is kept: only the owner of the domain knows whether it matters. */
  readonly localPart: string;
  /** UTS 46 non-transitional, A-labels, lower case, no trailing dot. */
  readonly domain: string;
  /** The local part has non-ASCII characters, so only servers with SMTPUTF8 (RFC 6531) can take it. */
  readonly needsSmtpUtf8: boolean;
}

/** An {@link Address} with the name that people see (decoded, one line, never empty). */
export interface Mailbox extends Address {
  readonly displayName?: string;
}

/** How strictly an address is taken, and where its faults are reported. */
export interface AddressOptions {
  /** False refuses a non-ASCII local part (an SMTP session without SMTPUTF8). Default true. */
  readonly smtputf8?: boolean;
  /** RFC 6901 pointer of the field, for the error. Default '' (the whole). */
  readonly pointer?: string;
}

/** Why an address was refused: stable `code` values of the error's `errors[0]`. */
export type AddressFaultCode =
  | 'address_malformed'
  | 'address_too_long'
  | 'address_control_character'
  | 'address_comment'
  | 'address_group'
  | 'address_source_route'
  | 'address_several'
  | 'address_percent_hack'
  | 'address_encoded_word'
  | 'address_quoted'
  | 'address_domain'
  | 'address_needs_smtputf8'
  | 'display_name';

const HELP: Record<AddressFaultCode, string> = {
  address_malformed: 'This is not an e-mail address. Write it as name@domain, or as Name <name@domain>.',
  address_too_long: 'The address is too long: at most 64 octets before the @, 255 after it and 254 in all (RFC 5321).',
  address_control_character: 'The address holds a control, line break, bidirectional or invisible character. Remove it.',
  address_comment: 'Comments in parentheses are not taken. Put a name with parentheses in double quotes.',
  address_group: 'Address groups are not taken. Give each address on its own; put a name with a colon or semicolon in double quotes.',
  address_source_route: 'Source routes are not taken. Give the final address only.',
  address_several: 'One address is expected here, but there are several. Put a name with a comma in double quotes.',
  address_percent_hack: 'A % or ! before the @ asks a server to route onward (RFC 5321 §3.6.1), so such addresses are not taken.',
  address_encoded_word: 'An encoded-word (=?…?=) may stand in the name, never in the address.',
  address_quoted: 'A quoted local part may hold letters, digits, dots and !#$&\'*+/=?^_`{|}~- only.',
  address_domain: 'The domain is not a valid Internet domain name. It needs at least two labels of letters, digits and hyphens.',
  address_needs_smtputf8: 'The local part has non-ASCII characters, which needs SMTPUTF8 (RFC 6531).',
  display_name: 'The name holds a control, line break or bidirectional character, or is longer than 256 characters.',
};

/** The refusal of an address. It tells the rule, never the address itself: errors reach logs. */
export function addressFault(code: AddressFaultCode, options: AddressOptions = {}): AppError {
  const message = HELP[code];
  return new AppError('validation_failed', message, { errors: [{ pointer: options.pointer ?? '', code, message }] });
}
