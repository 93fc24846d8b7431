/** One transactional purpose (`docs/categories.md`): a closed list, held as data. */
export interface Category {
  /** Seconds that a message of it may wait for delivery unless it says otherwise (`expires_in_s`); never past 48 h. */
  readonly ttlS: number;
  /** Recurring mail: the recipient can unsubscribe from it. */
  readonly recurring: boolean;
  /** Essential mail: an unsubscribe does not stop it; complaint and hard bounce still do. */
  readonly essential: boolean;
}

const minutes = (n: number): number => n * 60;
const hours = (n: number): number => n * 3600;
const essential = (ttlS: number): Category => ({ ttlS, recurring: false, essential: true });
const once = (ttlS: number): Category => ({ ttlS, recurring: false, essential: false });
const recurring = (ttlS: number): Category => ({ ttlS, recurring: true, essential: false });

/** The permitted categories. Anything else (newsletter, promotion, …) is refused as `category_not_permitted`. */
export const CATEGORIES: Readonly<Record<string, Category>> = {
  'auth.otp': essential(minutes(15)),
  'auth.password_reset': essential(hours(1)),
  'auth.verification': essential(hours(24)),
  'auth.invitation': once(hours(48)),
  'security.alert': essential(hours(24)),
  'security.incident': essential(hours(48)),
  'account.welcome': once(hours(48)),
  'account.notice': once(hours(48)),
  'account.status': essential(hours(48)),
  'account.statement': recurring(hours(48)),
  'account.digest': recurring(hours(24)),
  'commerce.order_confirmation': essential(hours(48)),
  'commerce.receipt': essential(hours(48)),
  'commerce.invoice': essential(hours(48)),
  'commerce.shipping': once(hours(24)),
  'commerce.quote': once(hours(48)),
  'commerce.delivery_digital': essential(hours(48)),
  'booking.reminder': once(hours(12)),
  'product.recall_safety': essential(hours(48)),
  'product.change_notice': once(hours(48)),
  'system.alert': recurring(hours(6)),
  'system.incident': once(hours(6)),
  'conversation.reply': recurring(hours(24)),
  'form.confirmation': once(hours(24)),
  'legal.notice': essential(hours(48)),
  'hr.employment': essential(hours(48)),
  'education.record': once(hours(48)),
  'health.service': essential(hours(24)),
};

/** Position in the closed list: one byte in VERP and tracking tokens. Names are only ever appended. */
export function categoryIndex(category: string): number {
  return Object.keys(CATEGORIES).indexOf(category);
}
