/** What is wrong with what somebody wrote into the form, with its texts: loaded when it is sent, since most forms have no fault. */
import { wordsFault } from '@portineria/config/shown';
import type { Draft } from '../way/state.ts';
import { LENGTHS } from '../words/lengths.ts';
import type { Messages } from '../words/texts.ts';
import type { Reception } from './context.ts';

const TEXTS = import.meta.glob<Messages>('../../texts/form/*.json', { import: 'default' });
const WORDS = { broken: 'office.broken', unseen: 'office.unseen' } as const;

/** A fault of each field, as the key of a sentence; undefined for none. */
export type Faults = Partial<Record<'name' | 'topic' | 'consent', `office.${string}` | undefined>>;

/** The faults that the reception would find as well. `draft` is trimmed. */
export function faultsOf({ name, topic }: Draft, consent: boolean): Faults {
  const ofName = wordsFault(name, LENGTHS.name);
  const ofTopic = topic === '' ? null : wordsFault(topic, LENGTHS.topic);
  return {
    name: name === '' ? 'office.name_missing' : ofName === null ? undefined : ofName === 'long' ? 'office.name_long' : WORDS[ofName],
    topic: ofTopic === null ? undefined : ofTopic === 'long' ? 'office.topic_long' : WORDS[ofTopic],
    consent: consent ? undefined : 'office.consent_missing',
  };
}

/** The function above, once its texts are there. @throws when they cannot be loaded */
export async function loadFaults(page: Pick<Reception, 'language' | 'addTexts'>): Promise<typeof faultsOf> {
  const texts = TEXTS[`../../texts/form/${page.language}.json`];
  if (texts === undefined) throw new Error(`Expected the form's texts in ${page.language}`);
  page.addTexts(await texts());
  return faultsOf;
}
