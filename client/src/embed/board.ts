/** The offices as a comune's own site shows them: what stands on each button, out of a body of `GET /api/comune`. Pure. */
import type { ComuneBody, DoorBody, OfficeBody } from '@portineria/config/api';
import { text } from '@portineria/config/text';
import { isDoor, isInstant, isLoose, isTexts } from '../porter/doors.ts';
import { doorState, doorTime } from '../words/format.ts';
import type { Language } from '../words/languages.ts';
import type { Messages } from '../words/texts.ts';

/** What is read of a comune. */
export type Told = Pick<ComuneBody, 'zone' | 'languages' | 'now'> & { offices: Pick<OfficeBody, 'id' | 'name' | 'door' | 'appointment'>[] };

/** How a page wishes its offices. */
export interface Wish {
  /** Where the reception is. */
  base: string;
  language: Language;
  /** The ids of those to show, in this order; none for all. */
  offices: readonly string[];
  /** What the page is about: written into the form of whoever knocks. */
  topic: string | null;
}

/** An office's button. */
export interface Row {
  href: string;
  name: string;
  state: DoorBody['state'];
  /** `Open` */
  door: string;
  /** `until 13:00`, with the reason where there is one. */
  time: string;
}

/** The comune out of a body; null where it is none. Checked by hand, as in porter/doors. */
export function toldBy(body: unknown): Told | null {
  if (!isLoose(body)) return null;
  const { zone, languages, now, offices } = body;
  if (typeof zone !== 'string' || !isInstant(now) || !Array.isArray(languages) || !Array.isArray(offices)) return null;
  const isOffice = (one: unknown): one is Told['offices'][number] => isLoose(one) && typeof one['id'] === 'string' && isTexts(one['name']) && isDoor(one['door']);
  return languages.every((tag) => typeof tag === 'string') && offices.every(isOffice) ? { zone, languages, now, offices } : null;
}

/** A sentence of the language files with its values. */
export function say(messages: Messages, key: string, values: Record<string, string> = {}): string {
  return (messages[key] ?? '').replace(/\{(\w+)\}/gu, (_, name: string) => values[name] ?? '');
}

/** The buttons of a page. @throws RangeError where the comune's zone is none that this browser knows */
export function rowsOf(told: Told, wish: Wish, messages: Messages): Row[] {
  const shown = wish.offices.length === 0 ? told.offices : wish.offices.flatMap((id) => told.offices.find((office) => office.id === id) ?? []);
  const languages = [wish.language, ...told.languages];
  const scene = { zone: told.zone, language: wish.language, now: told.now };
  return shown.map(({ id, name, door, appointment }) => {
    const { key, values } = doorTime(door, appointment, scene);
    const reason = door.reason === undefined ? '' : text(door.reason, languages);
    return {
      href: addressOf(wish, told.languages, id),
      name: text(name, languages),
      state: door.state,
      door: say(messages, doorState(door)),
      time: [say(messages, key, values), reason].filter((words) => words !== '').join('. '),
    };
  });
}

/** An office's page, in the language of the page that leads there where the comune has it. */
function addressOf({ base, language, topic }: Wish, languages: readonly string[], office: string): string {
  const address = new URL(`/o/${encodeURIComponent(office)}`, base);
  if (languages.some((tag) => tag.split('-')[0] === language)) address.searchParams.set('lang', language);
  if (topic !== null && topic !== '') address.searchParams.set('topic', topic);
  return address.href;
}
