/** What a document says to search engines and to whoever runs no scripts: on the server alone. Pure. */
import type { ComuneBody } from '@portineria/config/api';
import { text } from '@portineria/config/text';
import type { State } from '../way/state.ts';
import { placeIn, withLanguage } from '../way/path.ts';
import type { Language } from '../words/languages.ts';

/** A telephone number, and whose it is. */
interface Phone {
  whose: string;
  phone: string;
}

const officeIn = (state: State, { offices }: ComuneBody): ComuneBody['offices'][number] | undefined => ('office' in state ? offices.find(({ id }) => id === state.office) : undefined);

/** A line about the page. @param lead what one does here */
export function descriptionOf(state: State, comune: ComuneBody, language: Language, lead: string): string {
  const languages = [language, ...comune.languages];
  const name = text(comune.name, languages);
  const office = officeIn(state, comune);
  if (office === undefined) return `${name}. ${lead}`;
  return `${text(office.name, languages)}, ${name}. ${text(office.description, languages) || lead}`;
}

/** The address that a page is to be found by, whatever stands behind a `?` in the one that it was asked for by: a neighbour's are its own. @param neighbour its reception; null for our own pages */
export function addressOf(path: string, chosen: string | null, publicUrl: string, neighbour: string | null): string {
  const own = neighbour === null ? path : path.slice(`/n/${placeIn(path) ?? ''}`.length) || '/';
  return new URL(withLanguage(own, chosen), neighbour ?? publicUrl).href;
}

/** Where one goes in person: to the office, or to the comune; '' where nobody says. */
export function whereabouts(state: State, comune: ComuneBody, language: Language): string {
  return text((officeIn(state, comune) ?? comune).address ?? {}, [language, ...comune.languages]);
}

/** Where to telephone: at an office's page the office, at the others the comune and each office that has a number of its own. */
export function phonesOf(state: State, comune: ComuneBody, language: Language): Phone[] {
  const languages = [language, ...comune.languages];
  const office = officeIn(state, comune);
  const own = (office === undefined ? comune.offices : [office]).filter(({ phone }) => phone !== null && (office !== undefined || phone !== comune.phone));
  const offices = own.flatMap(({ name, phone }) => (phone === null ? [] : [{ whose: text(name, languages), phone }]));
  return comune.phone === null || offices.some(({ phone }) => phone === comune.phone) ? offices : [{ whose: text(comune.name, languages), phone: comune.phone }, ...offices];
}
