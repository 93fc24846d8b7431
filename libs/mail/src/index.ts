export { addressFault, type Address, type AddressFaultCode, type AddressOptions, type Mailbox } from './address/address.js';
export { addressToken } from './address/address-key.js';
export { canonicalDomain } from './address/domain.js';
export { parseEnvelopePath } from './address/envelope-path.js';
export { formatMailbox } from './address/format-mailbox.js';
export { parseMailbox, parseMailboxList } from './address/mailbox.js';
export { parseAddress } from './address/parse-address.js';

export { type MessageAttachment } from './mime/attachment.js';
export { composeMessage, type ComposedMessage, type ComposeInput } from './mime/compose.js';
export { checkCustomHeader } from './mime/custom-header.js';
export { decodeEncodedWords } from './mime/decode-word.js';
export { editHeaders, type HeaderEdit } from './mime/edit-headers.js';
export { type HeaderMailbox } from './mime/header-field.js';
export { messageDate } from './mime/message-date.js';
export { checkFieldCounts, fieldValue, firstValue, splitMessage, type RawField, type SplitMessage } from './mime/split.js';

export { relaxedBodyHash } from './dkim/body-hash.js';
export { exportDkimKey, generateDkimKey, importDkimKey, type DkimKeyPair } from './dkim/key.js';
export { dkimRecord, parseDkimRecord, type DkimRecord, type ParsedDkimRecord } from './dkim/record.js';
export { signMessage, signMessageAsync, type SignInput } from './dkim/sign.js';

export { mintHeaderToken, mintReturnPath, parseHeaderToken, parseReturnPath, tokenHour, type ReportToken, type TokenKey, type VerifiedToken } from './verp/token.js';

export { BOUNCE_CLASSES, BOUNCE_REASONS, OWN_CLASSIFICATIONS, type BounceClass, type BounceReason, type Classification } from './classify/bounce.js';
export { classifyReply, type EnhancedCode, type ReplyToClassify } from './classify/classify-reply.js';
export { ByteGuard, DEFAULT_GUARD_LIMITS, type ByteGuardLimits, type GuardEvent } from './smtp/byte-guard.js';
export { dotStuff, endOfData, UnsafeMessageError } from './smtp/dot-stuff.js';
export { splitEnhancedCode, type EnhancedText } from './smtp/enhanced-code.js';
export { ReplyError, ReplyParser, type ParsedReply, type SmtpReply } from './smtp/reply.js';
export { encodeWireText } from './smtp/wire-text.js';
export { ManualScheduler, systemScheduler, type Scheduler } from './smtp-client/scheduler.js';
export type { OutgoingMessage } from './smtp-client/message.js';
export type { ClientParts, Peer } from './smtp-client/open.js';
export type { LinkFault, Outcome, Stage, TlsFacts, TranscriptLine } from './smtp-client/outcome.js';
export { SmtpPool, type PoolOptions } from './smtp-client/pool.js';
export type { Route } from './smtp-client/route.js';
export { nodeSockets, type SocketFactory } from './smtp-client/sockets.js';
export { RFC_TIMEOUTS, type SmtpTimeouts } from './smtp-client/timeouts.js';
export { addressSpace } from './mx/address-space.js';
export { nodeResolver, type NodeResolverOptions } from './mx/node-resolver.js';
export { MxResolver, type MailHost, type MxResolverOptions, type MxRoute } from './mx/resolve.js';
export { DnsError, type AddressRecord, type DnsFault, type DnsResolver } from './mx/resolver.js';
export { siteKey } from './mx/site.js';
