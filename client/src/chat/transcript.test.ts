import { expect, test } from 'vitest';
import type { Message } from './talk.ts';
import { transcript } from './transcript.ts';

const scene = { zone: 'Europe/Rome', language: 'it' as const, now: '2026-12-01T09:00:00+01:00' };
const at = (time: string, more: Partial<Message>): Message => ({ id: time, from: 'staff', name: 'Anagrafe', at: Date.parse(`2026-12-0${time}:00+01:00`), text: '', kind: 'text', sent: 'sent', encrypted: true, ...more });

test('a conversation is kept with who, when and what, files by their names, a day at a time', () => {
  const file = { name: 'modulo.pdf', size: 1, isImage: false, open: () => Promise.reject(new Error('not asked for')) };
  const text = transcript('Colloquio con Anagrafe', [
    at('1T23:58', { from: 'visitor', text: 'Buonasera,\nche cosa serve?' }),
    at('1T23:59', { text: 'Due fotografie e questo.', kind: 'file', file }),
    at('2T00:01', { from: 'visitor', text: 'Grazie', sent: 'failed' }),
  ], scene, (key) => `<${key}>`);
  expect(text).toBe([
    'Colloquio con Anagrafe', '', 'martedì 1 dicembre 2026', '', '23:58 <visit.you>: Buonasera,\n    che cosa serve?', '23:59 Anagrafe: [modulo.pdf] Due fotografie e questo.',
    '', 'mercoledì 2 dicembre 2026', '', '00:01 <visit.you>: Grazie (<visit.failed>)', '',
  ].join('\n'));
});
