/** What was written before a clerk came in, or before this computer had its keys: said once, in place of lines that nobody can read. Pure. */
import type { Talk } from '../chat/talk.ts';

/** A conversation without what was never readable here. */
export interface OpenTalk {
  talk: Talk;
  /** Something was written before that is not shown. */
  hidden: boolean;
}

/**
 * Leaves out what was written before and cannot be read. What comes later and cannot be read stays in its place: somebody has to be told.
 * @param entered when this page entered the visit, in milliseconds since 1970
 * @param missed this clerk came in later than the visit began: the homeserver does not even send what was said until then
 */
export function openTalk(talk: Talk, entered: number, missed: boolean): OpenTalk {
  const messages = talk.messages.filter(({ kind, at }) => kind !== 'unreadable' || at >= entered);
  return messages.length === talk.messages.length ? { talk, hidden: missed } : { talk: { ...talk, messages }, hidden: true };
}
