/** What an office reads of what somebody wrote at the end of their visit. Pure. */
import { FEEDBACK_LENGTH } from '@portineria/config/api';
import { plain } from './cards.ts';
import { say } from './texts.ts';

/** It rings nobody, and names nobody. */
export function wordsAtTheEnd(language: string, words: string) {
  return { msgtype: 'm.notice', body: say(language, 'feedback.words', { words: plain(words, FEEDBACK_LENGTH) }), 'm.mentions': {} };
}
