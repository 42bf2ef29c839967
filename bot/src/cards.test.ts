import { CARD } from '@portineria/config/events';
import { RoomAlias } from '@portineria/config/ids';
import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import { describe, expect, test } from 'vitest';
import { callAgain, card, changedCard, closedCard, plain, remark, tap } from './cards.ts';
import { ANNA, BRUNO, NOON, account, event, ticket, user } from './situation.fixture.ts';
import { say } from './texts.ts';

const STAFF = [ANNA, BRUNO];
const MARIA = user('ospite-1');
const KNOCK = ticket(7, MARIA, 'k1', NOON);
const WAY = RoomAlias.parse('#visita-1:comune.example');
const words = (name: string, topic: string) => card('it', KNOCK, account(MARIA, NOON, { name, topic }), 'Bussa', STAFF, WAY);

/** What a client shows of HTML: its tags, and the text in each of them. */
function shown(html: string): { tags: Set<string>; attributes: string[]; text: string; quote: string; strong: string } {
  const found = { tags: new Set<string>(), attributes: [] as string[], text: '', quote: '', strong: '' };
  const open: string[] = [];
  const parser = new Parser({
    onopentag: (name, attributes) => {
      found.tags.add(name);
      found.attributes.push(...Object.entries(attributes).map(([key, value]) => `${name} ${key}=${value}`));
      open.push(name);
    },
    onclosetag: () => void open.pop(),
    ontext: (text) => {
      found.text += text;
      if (open.includes('blockquote')) found.quote += text;
      if (open.includes('strong')) found.strong += text;
    },
    oncomment: () => found.tags.add('comment'),
    onprocessinginstruction: (name) => found.tags.add(name),
  });
  parser.end(html);
  return found;
}

/** Whatever a stranger may type: any code points, and the worst of them often. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({
    unit: fc.constantFrom('<', '>', '&', '"', "'", '&lt;', '<b>', '</p>', '<img src=x onerror=alert(1)>', '@room', '@', 'room', '\u200B', '\u202E', '\u2066', '\u2069', '\u200F', '\u061C', '\n', '\r', '\u2028', '\u0085', '\0', '\uD800', '\u0301', '\uFEFF', '{name}', '$&', "$'", '[x](http://a)', 'Maria', ' ', '\u{E0041}', '\u00AD', '\uE000'),
    maxLength: 60,
  }),
  fc.constant('x'.repeat(10_000)),
);
const HIDDEN = /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;
/** Formats: bidi controls, zero widths, tags. Only our own word joiner after an @ is meant. */
const FORMATS = /(?<!@)\u2060|(?!\u2060)\p{Cf}/u;

describe('a stranger’s words', () => {
  test('become one line of visible text, no longer than asked', () => {
    fc.assert(
      fc.property(nasty, fc.integer({ min: 1, max: 200 }), (text, length) => {
        const line = plain(text, length);
        expect(line).not.toMatch(HIDDEN);
        expect(line).not.toMatch(FORMATS);
        expect(line).not.toMatch(/@room\b/iu);
        expect([...line.replaceAll('\u2060', '')].length).toBeLessThanOrEqual(length);
        expect(line.isWellFormed()).toBe(true);
        expect(line).toBe(line.trim());
      }),
      { numRuns: 3000 },
    );
  });

  test('stay as they are when they are harmless', () => {
    for (const text of ['Maria Rossi', 'D’Àngelo <d@x.it> & figli', 'Михаил 李小龙', 'مريم', 'rinnovo 2×3 “CIE”', '👩‍👩‍👧'.replaceAll('\u200D', '')]) expect(plain(text, 80)).toBe(text);
    expect(plain('  a \n\t b  ', 80)).toBe('a b');
    expect(plain('x'.repeat(100), 10)).toBe(`${'x'.repeat(9)}…`);
  });

  test('do not paint over other lines', () => {
    expect([...plain(`a${'\u0335'.repeat(50)}b`, 80)].length).toBeLessThanOrEqual(5);
  });
});

describe('the card', () => {
  test('says who knocks and why, and mentions the staff in all three ways', () => {
    const content = words('Maria Rossi', 'Carta d’identità');
    expect(content.body).toContain('N. 7 · Maria Rossi');
    expect(content.body).toContain('Carta d’identità');
    expect(content.body).toContain(`${ANNA} ${BRUNO}`);
    expect(content['m.mentions']).toEqual({ user_ids: STAFF });
    expect(shown(content.formatted_body).attributes).toEqual(STAFF.map((one) => `a href=https://matrix.to/#/${encodeURIComponent(one)}`));
    expect(content[CARD]).toEqual({ knock: '$k1', number: 7, visitor: MARIA, since: NOON, visit: WAY });
    expect(shown(content.formatted_body)).toMatchObject({ strong: 'N. 7 · Maria Rossi bussa alla porta', quote: 'Carta d’identità' });
  });

  test('for a knock by another client shows its address and its own reason', () => {
    const content = card('en', KNOCK, null, 'I need a certificate', STAFF, WAY);
    expect(content.body).toContain(MARIA);
    expect(content.body).toContain('I need a certificate');
    expect(card('it', KNOCK, null, ' \u200B ', STAFF, WAY).body).toContain('(nessun motivo indicato)');
  });

  test('shows strangers’ words as text, whatever they are: no tag, no line and no call of theirs', () => {
    const harmless = words('Maria', 'x').body.split('\n').length;
    fc.assert(
      fc.property(nasty, nasty, (name, topic) => {
        const content = words(name, topic);
        const { tags, quote, strong, attributes } = shown(content.formatted_body);
        expect([...tags].every((tag) => ['p', 'strong', 'blockquote', 'br', 'a'].includes(tag))).toBe(true);
        expect(attributes).toHaveLength(STAFF.length);
        expect(strong).toContain(plain(name, 80));
        expect(quote).toBe(plain(topic, 500) || '(nessun motivo indicato)');
        expect(content.body.split('\n')).toHaveLength(harmless);
        for (const text of [content.body.replaceAll('\n', ''), content.formatted_body]) {
          expect(text).not.toMatch(/@room\b/iu);
          expect(text).not.toMatch(HIDDEN);
          expect(text).not.toMatch(FORMATS);
        }
        expect(content['m.mentions']).toEqual({ user_ids: STAFF });
        expect(JSON.stringify(content).length).toBeLessThan(20_000);
      }),
      { numRuns: 2000 },
    );
  });

  test('shows the reason of a knock by another client as text too', () => {
    fc.assert(
      fc.property(nasty, (reason) => {
        const { quote, tags } = shown(card('en', KNOCK, null, reason, STAFF, WAY).formatted_body);
        expect(quote).toBe(plain(reason, 500) || say('en', 'card.no_topic'));
        expect(tags.has('img')).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('once closed holds nothing of the visitor, in the edit and in its fallback', () => {
    const content = closedCard('it', event('card'), 7, ANNA, '11:05');
    expect(JSON.stringify(content)).not.toMatch(/Maria|ospite/u);
    expect(content['m.new_content'].body).toContain(`ha aperto ${ANNA} alle 11:05`);
    expect(content['m.relates_to']).toEqual({ rel_type: 'm.replace', event_id: '$card' });
  });

  test('changed for a knock with other words calls nobody again', () => {
    const content = changedCard(event('card'), words('Maria', 'altro'));
    expect([content['m.mentions'], content['m.new_content']['m.mentions']]).toEqual([{}, {}]);
    expect(content['m.new_content'][CARD]).toMatchObject({ knock: '$k1', number: 7 });
  });
});

describe('what else is said in the office', () => {
  test('the first call again mentions the staff, the next everybody', () => {
    const first = callAgain('it', event('card'), 7, 1, 2, STAFF);
    expect([first['m.mentions'], first.body.includes(ANNA), shown(first.formatted_body).attributes.length]).toEqual([{ user_ids: STAFF }, true, 2]);
    const next = callAgain('it', event('card'), 7, 2, 5, STAFF);
    expect([next['m.mentions'], next.body.includes('@room'), next.formatted_body.includes('@room')]).toEqual([{ room: true }, true, true]);
    expect(next['m.relates_to']).toEqual({ 'm.in_reply_to': { event_id: '$card' } });
  });

  test('a name of the staff is text as well', () => {
    const odd = user("$&<b>'");
    expect(shown(callAgain('it', event('card'), 7, 1, 2, [odd]).formatted_body)).toMatchObject({ tags: new Set(['a']) });
    expect(shown(callAgain('it', event('card'), 7, 1, 2, [odd]).formatted_body).text).toContain(odd);
  });

  test('an offer is an annotation, and an answer to a command calls nobody', () => {
    expect(tap(event('card'), '✅')).toEqual({ 'm.relates_to': { rel_type: 'm.annotation', event_id: '$card', key: '✅' } });
    expect(remark(event('said'), 'Comandi')).toMatchObject({ msgtype: 'm.notice', 'm.mentions': {} });
  });
});
