import { AppError, CATEGORIES } from '@nexoramail/kernel';
import { nearestName } from './nearest-name.js';

/** The category, or `category_required` / `category_not_permitted` naming the nearest permitted one. */
export function checkCategory(category: string): string {
  const known = Object.keys(CATEGORIES);
  if (category === '') {
    throw new AppError('category_required', `Name the purpose of the message in \`category\`, one of: ${known.join(', ')}.`, { errors: [{ pointer: '/category', code: 'required', message: '`category` is required: the account has no default.' }] });
  }
  if (Object.hasOwn(CATEGORIES, category)) return category;
  const near = nearestName(category, known);
  const message = `\`${category.slice(0, 100)}\` is not a permitted transactional category${near ? `: did you mean \`${near}\`?` : `. Permitted ones are ${known.join(', ')}.`}`;
  throw new AppError('category_not_permitted', message, { errors: [{ pointer: '/category', code: 'not_allowed', message }] });
}
