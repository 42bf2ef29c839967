/** What can be pressed in the form in place of writing, the suggested topics and the choice between voice and writing, with its texts: loaded once the form is there. */
import type { Component } from 'vue';
import { addInsideKit } from '../call/kit.ts';
import TopicChips from './TopicChips.vue';
import VoiceChoice from './VoiceChoice.vue';
import type { Reception } from './context.ts';

export async function loadChoice(reception: Reception): Promise<Record<'topics' | 'voice', Component>> {
  await addInsideKit(reception);
  return { topics: TopicChips, voice: VoiceChoice };
}
