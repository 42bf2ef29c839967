/** Who wrote a message, as it is shown. Pure. */
import type { Message } from './talk.ts';

/** @param t the page's texts */
export function senderOf({ from, name }: Message, t: (key: string) => string): string {
  if (from === 'visitor') return t('visit.you');
  return from === 'porter' ? t('visit.porter') : name;
}
