/** What was said in a visit as a text to be kept, for every program that reads text. Pure. */
import { time, type Scene } from '../words/format.ts';
import { senderOf } from './sender.ts';
import type { Message } from './talk.ts';

/**
 * @param title with whom it was
 * @param t the page's texts
 */
export function transcript(title: string, messages: readonly Message[], scene: Scene, t: (key: string) => string): string {
  const day = (at: number): string => new Intl.DateTimeFormat(scene.language, { timeZone: scene.zone, dateStyle: 'full' }).format(at);
  const lines = messages.flatMap((message, index) => {
    const before = messages[index - 1];
    const isNewDay = before === undefined || day(before.at) !== day(message.at);
    return [...(isNewDay ? ['', day(message.at), ''] : []), lineOf(message, scene, t)];
  });
  return [title, ...lines, ''].join('\n');
}

function lineOf(message: Message, scene: Scene, t: (key: string) => string): string {
  const { at, text, kind, file, sent } = message;
  const what = kind === 'unreadable' ? t('visit.unreadable') : [file === undefined ? '' : `[${file.name === '' ? t('visit.file') : file.name}]`, text].filter((part) => part !== '').join(' ');
  return `${time(at, scene)} ${senderOf(message, t)}: ${what.replaceAll('\n', '\n    ')}${sent === 'failed' ? ` (${t('visit.failed')})` : ''}`;
}
