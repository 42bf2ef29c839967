/** What the components of the reception share. */
import { computed, inject, type Component, type ComputedRef, type InjectionKey, type Ref, type ShallowRef } from 'vue';
import type { ComuneBody, OfficeBody } from '@portineria/config/api';
import type { LocalText } from '@portineria/config/events';
import type { OfficeId } from '@portineria/config/ids';
import { text } from '@portineria/config/text';
import type { Around, Place } from './place.ts';
import type { Talk } from '../chat/talk.ts';
import type { Session } from '../matrix/visitor.ts';
import type { Act } from '../way/machine.ts';
import { pathOf, withLanguage } from '../way/path.ts';
import type { State } from '../way/state.ts';
import { sceneOf, type Scene } from '../words/format.ts';
import type { Language } from '../words/languages.ts';
import type { Messages } from '../words/texts.ts';

export interface Reception {
  state: ShallowRef<State>;
  /** Ours, or the neighbour's whose reception is shown. */
  comune: ShallowRef<ComuneBody>;
  /** The neighbours, where the page leads to them. */
  around: Around | null;
  /** Which neighbour the comune is; null for our own. */
  place: ShallowRef<Place | null>;
  /** What is shown of neighbours, where there are any: reception/abroad.ts. Set before the page is mounted. */
  abroad: Readonly<Record<'names' | 'note', Component>> | null;
  talk: ShallowRef<Talk>;
  /** The components of the states past the knock, once they are loaded. */
  inside: ShallowRef<Partial<Record<State['at'], Component>> | null>;
  /** The doors could not be asked for of late. */
  stale: Ref<boolean>;
  /** The state has changed since the page was loaded, so that focus moves with it. */
  moved: Ref<boolean>;
  /** What knocking needs could not be loaded. */
  stuck: Ref<boolean>;
  language: Language;
  /** The language in the address, where one is. */
  chosen: string | null;
  act(act: Act): void;
  /** Somebody fills in the form: what knocking needs is loaded meanwhile. Nothing of it runs or is kept. */
  near(): void;
  session(): Session | null;
  /** Adds texts that come later than the first ones. */
  addTexts(messages: Messages): void;
  /** Said to who listens to the page rather than looks at it. */
  said: Ref<string>;
}

export const RECEPTION: InjectionKey<Reception> = Symbol('reception');

export function useReception(): Reception {
  const reception = inject(RECEPTION);
  if (reception === undefined) throw new Error('Expected the reception to be provided by app.ts');
  return reception;
}

/** A comune's own text in the page's language. */
export function localText(reception: Reception, words: LocalText): string {
  return text(words, [reception.language, ...reception.comune.value.languages]);
}

/** The scene for dates. */
export function useScene(reception: Reception): ComputedRef<Scene> {
  return computed(() => sceneOf(reception.comune.value, reception.language));
}

/** The office that the present state is about. */
export function useOffice(reception: Reception): ComputedRef<OfficeBody | undefined> {
  return computed(() => {
    const { state, comune } = reception;
    const id = 'office' in state.value ? state.value.office : null;
    return comune.value.offices.find((office) => office.id === id);
  });
}

/** The address of an office's page, or of the list, in the language that was chosen. */
export function href(reception: Reception, office: OfficeId | null): string {
  return withLanguage(pathOf(office, reception.place.value?.id), reception.chosen);
}
