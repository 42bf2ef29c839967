import fc from '@portineria/config/cases';
import { describe, expect, test } from 'vitest';
import { exampleOf, readCommands, readTap } from './commands.ts';

const message = (body: unknown, different: object = {}) => ({ msgtype: 'm.text', body, ...different });
const inReply = { 'm.relates_to': { 'm.in_reply_to': { event_id: '$card' } } };
const shorts = (content: unknown) => readCommands(content).map(({ verb, number, card, words }) => [verb, number, card, words]);
/** A message of one command; null for one of none. */
const short = (content: unknown) => {
  const [command = null, ...more] = shorts(content);
  expect(more).toEqual([]);
  return command;
};

describe('a command', () => {
  // As clients send them: facts from Cinny and Element, and what people write by hand.
  test.each<[string, ReturnType<typeof short>]>([
    ['!apri', ['admit', null, null, null]],
    ['!apri 1', ['admit', 1, null, null]],
    ['  !Apri   12  ', ['admit', 12, null, null]],
    ['!apri3', ['admit', 3, null, null]],
    ['!apri n. 3', ['admit', 3, null, null]],
    ['!apri N.3', ['admit', 3, null, null]],
    ['!apri N. 3', ['admit', 3, null, null]],
    ['!apri n° 3', ['admit', 3, null, null]],
    ['!apri nr. 3', ['admit', 3, null, null]],
    ['!apri numero 3', ['admit', 3, null, null]],
    ['!apri #3', ['admit', 3, null, null]],
    ['!apri 3.', ['admit', 3, null, null]],
    ['!apri 3 grazie', ['admit', 3, null, 'grazie']],
    ['!OPEN 4', ['admit', 4, null, null]],
    ['!rifiuta 2', ['decline', 2, null, null]],
    ['!rifiuta 2 torni domani alle 10:30', ['decline', 2, null, 'torni domani alle 10:30']],
    ['!rifiuta 2, torni domani', ['decline', 2, null, 'torni domani']],
    ['!rifiuta 2\ntorni\ndomani', ['decline', 2, null, 'torni\ndomani']],
    ['!rifiuta torni domani', ['decline', null, null, 'torni domani']],
    ['!rifiuta 10:30 è tardi', ['decline', null, null, '10:30 è tardi']],
    ['!decline 2 come back', ['decline', 2, null, 'come back']],
    ['!fine', ['end', null, null, null]],
    ['!end 9', ['end', 9, null, null]],
    ['!aiuto', ['help', null, null, null]],
    ['!help me', ['help', null, null, 'me']],
    ['!salta 3', ['unknown', 3, null, null]],
    ['!apri 1234567', ['unknown', null, null, '1234567']],
    ['!apri tre', ['unknown', null, null, 'tre']],
    ['!fine la visita', ['unknown', null, null, 'la visita']],
    ['!constructor', ['unknown', null, null, null]],
    ['!', null],
    ['! apri', ['admit', null, null, null]],
    ['!  apri  3', ['admit', 3, null, null]],
    ['！apri　３', ['admit', 3, null, null]],
    ['！ａｐｒｉ', ['admit', null, null, null]],
    ['! attenzione', null],
    ['!attendi 2', ['soon', 2, null, null]],
    ['!wait', ['soon', null, null, null]],
    ['!invita @dora:altrove.example 12', ['invite', 12, null, '@dora:altrove.example']],
    ['!invita @dora:altrove.example n. 12', ['invite', 12, null, '@dora:altrove.example']],
    ['!invite 12 @dora:altrove.example', ['invite', 12, null, '@dora:altrove.example']],
    ['!invita 12', ['invite', 12, null, null]],
    ['!invita link 12', ['invite', 12, null, 'link']],
    ['!invita', ['invite', null, null, null]],
    ['!invita @dora:altrove.example', ['invite', null, null, '@dora:altrove.example']],
    ['!rimetti 4', ['back', 4, null, null]],
    ['!scrivi 2 Arrivo subito', ['write', 2, null, 'Arrivo subito']],
    ['!scrivi tutti Torniamo alle 11', ['write', null, null, 'tutti Torniamo alle 11']],
    ['!pausa', ['pause', null, null, null]],
    ['!pausa 15m', ['pause', null, null, '15m']],
    ['!pausa 15 min, un caffè', ['pause', null, null, '15 min, un caffè']],
    ['!chiudi', ['close', null, null, null]],
    ['!extend 30', ['prolong', null, null, '30']],
    ['!orario', ['hours', null, null, null]],
    ['!coda', ['queue', null, null, null]],
    ['!!apri', null],
    ['apri', null],
    ['Scriva !apri 3', null],
    ['', null],
  ])('%j is understood', (body, expected) => {
    expect(short(message(body))).toEqual(expected);
  });

  test('in reply to a card is about that card, with the old fallback before it or without', () => {
    expect(short(message('> <@portiere:c> 🔔 N. 1\n> !rifiuta\n\n!apri', inReply))).toEqual(['admit', null, '$card', null]);
    expect(short(message('!rifiuta torni domani', inReply))).toEqual(['decline', null, '$card', 'torni domani']);
    expect(short(message('> !apri\n\nciao', inReply))).toBe(null);
  });

  test('in a thread is about what the thread hangs at, and is answered there', () => {
    const [command] = readCommands(message('!apri', { 'm.relates_to': { rel_type: 'm.thread', event_id: '$card', 'm.in_reply_to': { event_id: '$last' } } }));
    expect([command?.card, command?.thread]).toEqual(['$card', '$card']);
  });

  test('on each line counts, and what is on other lines belongs to the one before', () => {
    expect(shorts(message('!apri 1\n  !rifiuta 2 torni\ndomani\n\n!coda'))).toEqual([['admit', 1, null, null], ['decline', 2, null, 'torni\ndomani'], ['queue', null, null, null]]);
    expect(shorts(message('!apri 1\n!'))).toEqual([]);
  });

  test('that is not understood is near to one, or to none', () => {
    const near = (body: string) => readCommands(message(body))[0]?.near;
    expect(['!aprii 3', '!apir', '!rifuta', '!chuidi', '!opne 2', '!apri tre', '!xyzzy'].map(near)).toEqual(['admit', 'admit', 'decline', 'close', 'admit', 'admit', null]);
    expect([exampleOf('admit', 'it', 7), exampleOf('admit', 'en'), exampleOf('pause', 'it'), exampleOf('queue', 'en')]).toEqual(['!apri 7', '!open 3', '!pausa 15m', '!queue']);
  });

  test('quoted in a message that is no reply is no command', () => {
    expect(short(message('> !apri\n\n!apri'))).toBe(null);
  });

  test('in an edit, in a notice or without a text is none', () => {
    expect(short(message('!apri 1', { 'm.relates_to': { rel_type: 'm.replace', event_id: '$old' } }))).toBe(null);
    expect(short(message('!apri 1', { msgtype: 'm.notice' }))).toBe(null);
    expect(short({ body: '!apri 1' })).toBe(null);
    expect(short(message(7))).toBe(null);
    expect(short({})).toBe(null);
  });

  test('keeps what follows to 500 characters, and never half of one', () => {
    const reason = readCommands(message(`!rifiuta 1 ${'😀'.repeat(700)}`))[0]?.words ?? '';
    expect([[...reason].length, reason.isWellFormed()]).toEqual([500, true]);
  });

  test('is never more than it can be, whatever is written', () => {
    const words = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('!', 'apri', 'n', '.', ' ', '\n', '>', '3', '°', 'é', '‮') }));
    fc.assert(
      fc.property(words, fc.boolean(), (body, reply) => {
        const commands = readCommands(message(`!${body}`, reply ? inReply : {}));
        expect(commands.length).toBeLessThanOrEqual(20);
        for (const { number, words } of commands) {
          expect(number === null || (Number.isInteger(number) && number >= 0 && number < 1e6)).toBe(true);
          expect((words ?? '').length).toBeLessThanOrEqual(1000);
        }
      }),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(fc.anything(), (content) => { readCommands(content); readTap(content); }), { numRuns: 3000 });
  });

  test('takes no time, however long it is', () => {
    const start = performance.now();
    for (const body of [`!apri${' '.repeat(60_000)}x`, `!${'a'.repeat(60_000)}1`, `!rifiuta ${'n '.repeat(30_000)}`, `!apri 1${'.'.repeat(60_000)}x`, `${'>\n'.repeat(30_000)}!apri`, '!apri\n'.repeat(20_000)]) readCommands(message(body, inReply));
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('a reaction', () => {
  const reaction = (key: unknown, event_id: unknown = '$card') => ({ 'm.relates_to': { rel_type: 'm.annotation', event_id, key } });
  test.each([['✅', 'admit'], ['✅\uFE0F', 'admit'], ['👍', 'admit'], ['👍\uFE0F', 'admit'], ['👍🏽', 'admit'], ['👍🏿\uFE0F', 'admit'], ['❌', 'decline'], ['👎\uFE0F', 'decline'], ['👎🏻', 'decline'], ['⏳', 'soon'], ['⌛\uFE0F', 'soon']])('%j answers', (key, kind) => {
    expect(readTap(reaction(key))).toEqual({ card: '$card', kind });
  });
  test.each(['❤\uFE0F', '🏽', '', '✅✅', 'toString', '__proto__', 'constructor', 7])('%j is no answer', (key) => {
    expect(readTap(reaction(key))).toBe(null);
  });
  test('on nothing is none', () => {
    expect([readTap({}), readTap(reaction('✅', 'card')), readTap({ 'm.relates_to': null })]).toEqual([null, null, null]);
  });
});
