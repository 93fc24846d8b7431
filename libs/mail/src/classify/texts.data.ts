import type { BounceClass, BounceReason } from './bounce.js';

/** A wording of servers. `pattern` meets the lower-case text, ≤1,000 characters; no two quantifiers may meet the same character (linear time). */
export interface TextRule {
  readonly pattern: RegExp;
  readonly permanent: readonly [BounceClass, BounceReason];
  readonly transient?: readonly [BounceClass, BounceReason];
}

const text = (pattern: RegExp, permanent: TextRule['permanent'], transient?: TextRule['transient']): TextRule => ({ pattern, permanent, ...(transient !== undefined && { transient }) });

/**
 * Wordings so plain that they outrank any code, first match first. Order: what is temporary by nature, then who is unknown, then why the
 * sender is refused. A server that says "over quota" under 5.1.1 must not get the address suppressed.
 */
export const PRECISE_TEXTS: readonly TextRule[] = [
  text(/gr[ae]y-?\s?list/, ['soft', 'greylisted']),
  text(/(?:try|retry) (?:again )?(?:later )?in \d{1,5} ?(?:s|m)/, ['soft', 'greylisted']),
  text(/mailbox (?:is )?(?:full|over quota|size limit exceeded|quota exceeded|has exceeded)|over ?quota|quota (?:exceeded|exceed)|exceed(?:s|ed)? (?:the |its |their |your |user )?(?:storage )?quota|out of storage space|inbox (?:is )?full|insufficient (?:disk|system) ?storage in mailbox|not enough storage|maildir (?:is )?over/, ['soft', 'mailbox_full']),
  text(/message (?:size )?(?:is )?(?:exceeds|too (?:large|big)|larger than)|size (?:of message )?exceeds|exceeds? (?:the )?(?:fixed )?maximum (?:message )?size|message file too big/, ['soft', 'message_too_large']),
  text(/\bvirus(?:es)?\b|malware|infected (?:with|message|file)|clamav/, ['block', 'virus']),
  text(/dmarc|\bspf\b[^.]{0,60}(?:fail|not (?:pass|allowed|authori[sz]ed)|violat|reject)|not authori[sz]ed to send (?:mail|on behalf)|dkim[^.]{0,60}(?:fail|invalid|missing|did not pass)|unauthenticated (?:e-?mail|mail|sender)|(?:5\.7\.26|authentication information)[^.]{0,40}gmail|must pass (?:spf|dkim|authentication)/, ['block', 'auth_failed']),
  text(/spamhaus|spamcop|barracuda(?:central| reputation)|sorbs|\b(?:rbl|dnsbl|uribl|surbl)\b|blo?ck-?list|black-?listed|denylist|\bs3150\b|\bs3140\b|client host (?:\S{1,80} )?(?:is )?blocked|poor (?:sender )?reputation|(?:low|bad) reputation|ip reputation|senderscore|\[tss?0[0-9]\]|user complaints|banned sending ip|(?:ip|host|server|network) (?:\S{1,60} )?(?:has been |is |was )?(?:temporarily )?(?:blocked|banned|block ?listed)/, ['block', 'reputation']),
  text(/no (?:such )?(?:ptr|reverse dns)|reverse dns|rdns|fcrdns|ptr record|cannot find your (?:reverse )?hostname/, ['block', 'reputation']),
  text(/too many (?:messages|connections|recipients|emails|mails|concurrent|requests|sessions|invalid recipients)|rate[- ]?limit|throttl|receiving mail at a rate|sending (?:rate|limit)|unusual(?:ly high)? (?:rate|volume)|exceeded (?:the )?(?:rate|hourly|daily|connection|sending)|slow down|(?:hourly|daily) (?:limit|quota)|connection limit/, ['block', 'rate_limited'], ['soft', 'rate_limited']),
  text(/(?:sender|from|return[- ]path|mail from|envelope)(?: e-?mail)?(?: address)?(?: <[^<>]{1,100}>)?(?: is| was)?:? (?:rejected|refused|invalid|unknown|not (?:found|valid|exist)|does not exist|verif(?:y|ication) (?:failed|failure))|(?:invalid|unknown|bad|unverified) (?:sender|return[- ]path|envelope)|could not verify sender/, ['block', 'auth_failed']),
  text(/(?:helo|ehlo|client host|hostname|connecting host)(?: command| name)?(?: \S{1,100})? (?:rejected|refused|invalid|not (?:found|valid|resolve))/, ['block', 'reputation']),
  text(/(?:user|recipient|mailbox|account|address|addressee|alias)(?: (?:<[^<>]{1,100}>|"[^"]{1,100}"|[^\s@]{1,64}@[^\s@]{1,190}))? (?:is )?(?:unknown|not (?:found|known|exist)|does ?n[o']t exist|doesn't exist|does not exist|not (?:a )?valid|invalid|no longer (?:valid|exists|available|in use|active))|(?:unknown|invalid|no such|nonexistent|non-existent|unrouteable|undeliverable|bad) (?:user|recipient|mailbox|account|address|local[- ]part|destination|person|addressee)|no (?:such )?(?:mailbox|user|person|recipient|account)(?: here)?\b|user unknown|unknown in (?:virtual|local|relay)|not our customer|recipient address rejected: (?:access denied|undeliverable|user)|mailbox unavailable or access denied|requested action not taken: mailbox unavailable|does not have (?:an account|a .{1,40} account) here|resolver\.adr\.recip(?:ient)?not ?found|recipnotfound|nosuchuser|address not present in directory/, ['hard', 'unknown_user']),
  text(/(?:account|mailbox|user|recipient)(?: (?:<[^<>]{1,100}>|"[^"]{1,100}"|[^\s@]{1,64}@[^\s@]{1,190}))? (?:is |has been |was )?(?:disabled|inactive|suspended|deactivated|closed|locked|terminated|expired|not active)|(?:disabled|inactive|suspended|deactivated|closed) (?:account|mailbox|user|recipient)|account that you tried to reach is (?:disabled|inactive)|mailbox disabled/, ['hard', 'inactive']),
  text(/domain (?:\S{1,100} )?(?:does not exist|doesn't exist|not found|is not valid|has no mx|does not accept mail|no longer exists)|(?:host|domain) not found|no such domain|unknown domain|null mx|name or service not known|nxdomain|unrouteable mail domain/, ['hard', 'domain_not_found']),
  text(/(?:user|recipient|mailbox|address) (?:has |is )?(?:moved|changed)|no longer at this (?:address|domain)|address has changed/, ['hard', 'moved']),
  text(/relay(?:ing)? (?:access )?(?:denied|not (?:permitted|allowed)|is not allowed|prohibited)|(?:unable|not permitted|not allowed|cannot|not authori[sz]ed) to relay|relay (?:rejected|not permitted)|we do not relay|not a local (?:domain|user)|rcpthosts/, ['admin', 'relay_denied']),
  text(/(?:message|mail|content|e-?mail|body)(?: \S{1,60})? (?:looks like|detected as|identified as|classified as|considered|appears to be|is likely|contains|rejected as|refused as|scored as|flagged as)(?: an?)?(?: \S{1,40})? ?(?:spam|unsolicited|junk|phish)|spam (?:message|content|score|detected|rejected)|likely (?:spam|unsolicited|suspicious)|unsolicited (?:bulk |mail|e-?mail|message)|(?:rejected|blocked|refused) (?:as|for|by|due to) (?:\S{1,20} )?(?:spam|anti-?spam|junk)|high spam|spam-?assassin|phishing|cloudmark|proofpoint.{0,40}spam/, ['block', 'spam_content']),
  text(/(?:attachment|file ?(?:type|name|extension)|executable|zip).{0,40}(?:not (?:allowed|permitted|accepted)|blocked|prohibited|rejected|refused|banned)|(?:banned|blocked|prohibited|illegal|forbidden) (?:attachment|file|content|extension)|header (?:syntax|error)|not (?:rfc ?(?:2822|5322|822)|rfc)[- ]compliant|(?:message|content) (?:content )?(?:rejected|refused)(?: due to content| for content)?(?: restrictions)?$/, ['block', 'content_rejected']),
  text(/(?:recipient|user|owner|mailbox|group)[^.]{0,40}(?:only accepts?|not accept(?:ing)?|does not accept|refuses?|restricted|has blocked|blocked (?:you|your|the sender))|(?:sender|you are|you're) (?:not (?:on|in) (?:the )?(?:allowed|safe|white)|not allowed to send to|blocked by (?:the )?(?:recipient|user))|restricted recipient|not permitted to send to|challenge[- ]response|resolver\.rst/, ['block', 'recipient_policy']),
];

/** Wordings that are asked only when no code, or a vague one, came with them. */
export const LOOSE_TEXTS: readonly TextRule[] = [
  text(/\bspam\b|\bjunk\b|\bubea?\b/, ['block', 'spam_content']),
  text(/local policy|policy (?:reasons?|violation|rejection|restrictions?)|security policy|polic(?:y|ies)|access denied|(?:message|mail|connection|sender|delivery) (?:\S{1,60} )?(?:blocked|rejected|refused|denied|not authori[sz]ed)|not authori[sz]ed|rejected due to/, ['block', 'policy'], ['soft', 'policy']),
  text(/authentication (?:is )?required|must (?:authenticate|issue a starttls)|starttls (?:is )?required|login required/, ['admin', 'auth_failed']),
  text(/syntax error|malformed|bad (?:command|sequence)|unrecogni[sz]ed command|command not (?:recogni[sz]ed|implemented)|invalid (?:parameter|argument|syntax)/, ['admin', 'syntax_error']),
  text(/mailbox unavailable|mailbox (?:is )?busy|mailbox (?:is )?(?:temporarily )?locked/, ['undetermined', 'unknown'], ['soft', 'system_error']),
  text(/time(?:d)?[- ]?out|connection (?:reset|refused|lost|dropped)|unreachable|no route|network error|dns (?:error|failure|lookup)/, ['soft', 'network_error']),
  text(/delivery time expired|expired|retry time(?:out)? (?:not reached|exceeded)|too old/, ['soft', 'expired']),
  text(/(?:service|server|system|resources?|temporar(?:y|ily)) (?:\S{1,40} )?(?:unavailable|busy|overload|error|problem|failure|insufficient|low)|local (?:error|problem)|internal (?:server )?error|try (?:again )?later|insufficient (?:system )?(?:storage|resources)|configuration (?:error|problem)|(?:mail|routing) loop|too many hops|out of (?:memory|disk)|disk full|shutting down|maintenance/, ['soft', 'system_error']),
];
