/** The document's title in each state. */
import type { ComuneBody } from '@portineria/config/api';
import { text } from '@portineria/config/text';
import type { State } from '../way/state.ts';
import type { Language } from '../words/languages.ts';

/** The title: what is now, where, whose. `unread` counts messages that came while nobody looked. */
export function titleOf(
  state: State,
  comune: ComuneBody,
  language: Language,
  t: (key: string, values: Record<string, string>) => string,
  unread = 0,
): string {
  const languages = [language, ...comune.languages];
  const office = 'office' in state ? comune.offices.find(({ id }) => id === state.office) : undefined;
  const now =
    unread > 0
      ? t('title.unread', { n: String(unread) })
      : state.at === 'office'
        ? null
        : t(state.at === 'ended' && state.end === 'withdrawn' ? 'ended.withdrawn_heading' : state.at === 'waiting' && state.queue.place === 0 ? 'waiting.heading' : `title.${state.at}`, { place: state.at === 'waiting' ? String(state.queue.place) : '' });
  const parts = [now, office === undefined ? null : text(office.name, languages), text(comune.name, languages)];
  return parts.filter((part) => part !== null).join(' · ');
}
