/** The choice between voice and writing, with its texts: loaded once the form is there. */
import type { Component } from 'vue';
import type { Reception } from '../reception/context.ts';
import VoiceChoice from './VoiceChoice.vue';
import { addCallKit } from './kit.ts';

export async function loadChoice(reception: Reception): Promise<Component> {
  await addCallKit(reception);
  return VoiceChoice;
}
