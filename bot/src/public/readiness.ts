/** Whether all parts are well. */
import type { Problem } from '@portineria/config/api';

/** A part of the reception that is not well. */
export interface Ailment {
  part: 'homeserver' | 'porter' | 'stream' | 'offices' | 'calls' | 'log' | 'erasing' | 'escalation' | 'neighbours';
  sentence: string;
}

/** `GET /health/ready` when something is wrong: a problem that names the parts. */
export function unreadiness(ailing: readonly Ailment[], problem: Problem): Problem & { parts: readonly Ailment[] } {
  return { ...problem, detail: ailing.map(({ part, sentence }) => `${part}: ${sentence}`).join(' '), parts: ailing };
}
