/** A mailbox provider whose addresses have other spellings for the same mailbox. */
export interface TagProvider {
  readonly domains: readonly string[];
  /** What follows this character in the local part is a label that the owner chose. */
  readonly tag: string;
  /** Dots in the local part mean nothing. */
  readonly dotless?: true;
  /** All domains are one name space: the first one stands for all. */
  readonly oneNameSpace?: true;
}

/**
 * Providers known to deliver `name+label` to `name`, by their own documentation. Stored address tokens depend on this list: a provider
 * may be added (old tokens of tagged addresses then stop matching the new form), never removed or changed.
 */
export const TAG_PROVIDERS: readonly TagProvider[] = [
  { domains: ['gmail.com', 'googlemail.com'], tag: '+', dotless: true, oneNameSpace: true },
  { domains: ['outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'hotmail.co.uk', 'hotmail.de', 'hotmail.fr', 'hotmail.it', 'hotmail.es', 'outlook.de', 'outlook.fr', 'outlook.es', 'outlook.it', 'outlook.jp', 'live.co.uk', 'live.de', 'live.fr', 'live.nl'], tag: '+' },
  { domains: ['icloud.com', 'me.com', 'mac.com'], tag: '+' },
  { domains: ['fastmail.com', 'fastmail.fm'], tag: '+' },
  { domains: ['proton.me', 'protonmail.com', 'pm.me', 'protonmail.ch'], tag: '+' },
  { domains: ['zoho.com', 'zohomail.com', 'zoho.eu', 'zohomail.eu'], tag: '+' },
  { domains: ['mailbox.org'], tag: '+' },
  { domains: ['posteo.de', 'posteo.net'], tag: '+' },
  { domains: ['hey.com'], tag: '+' },
  { domains: ['runbox.com'], tag: '+' },
  { domains: ['yandex.ru', 'yandex.com', 'ya.ru'], tag: '+' },
];
