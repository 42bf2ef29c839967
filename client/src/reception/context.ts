/** What the components of the reception share. */
import { computed, inject, type Component, type ComputedRef, type InjectionKey, type Ref, type ShallowRef } from 'vue';
import type { ComuneBody, OfficeBody } from '@portineria/config/api';
import type { LocalText } from '@portineria/config/events';
import type { OfficeId } from '@portineria/config/ids';
import { text } from '@portineria/config/text';
import { sceneOf, type Scene } from '../format.ts';
import type { Language } from '../languages.ts';
import type { Messages } from '../texts.ts';
import { pathOf, withLanguage } from '../path.ts';
import type { Act } from './machine.ts';
import type { State } from './state.ts';
import type { Session, Talk } from './talk.ts';

export interface Reception {
  state: ShallowRef<State>;
  comune: ShallowRef<ComuneBody>;
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
  session(): Session | null;
  /** Adds texts that only a call needs. */
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
  return withLanguage(pathOf(office), reception.chosen);
}
