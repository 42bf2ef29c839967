/** The choice between voice and writing, with its texts: loaded once the form is there. */
import type { Component } from 'vue';
import { addInsideKit } from '../call/kit.ts';
import VoiceChoice from './VoiceChoice.vue';
import type { Reception } from './context.ts';

export async function loadChoice(reception: Reception): Promise<Component> {
  await addInsideKit(reception);
  return VoiceChoice;
}
