/** What whoever gets mail reads of a knock that nobody answers: which office, which number, how long. Pure. It names nobody. */
import { say } from './texts.ts';

export interface Mail {
  readonly subject: string;
  readonly text: string;
}

/** @param minutes for how long somebody has waited */
export function waitingMail(language: string, comune: string, office: string, number: number, minutes: number, desk: string): Mail {
  return { subject: say(language, 'mail.subject', { office, number, minutes }), text: say(language, 'mail.text', { comune, office, number, minutes, desk }) };
}
