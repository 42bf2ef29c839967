import { CARD } from '@portineria/config/events';
import { RoomAlias } from '@portineria/config/ids';
import fc from '@portineria/config/cases';
import { Parser } from 'htmlparser2';
import { describe, expect, test } from 'vitest';
import { callAgain, callHost, card, closedCard, describedCard, greeting, outcomeCard, plain, remark, tap, type CardOutcome } from './cards.ts';
import { ANNA, BRUNO, NOON, account, event, ticket, user } from '../judgement/situation.fixture.ts';
import { say } from './texts.ts';

const STAFF = [ANNA, BRUNO];
const MARIA = user('ospite-1');
const KNOCK = ticket(7, MARIA, 'k1', NOON);
const WAY = RoomAlias.parse('#visita-1:comune.example');
const WAYS = { visit: WAY, desk: 'https://sportello.example/desk#%23visita-1%3Acomune.example' };
const parts = (name: string, topic: string, different: { language?: string } = {}) => ({ language: 'it', ticket: KNOCK, office: 'Anagrafe', visitor: account(MARIA, NOON, { name, topic, ...different }), staff: STAFF, visit: WAY });
const words = (name: string, topic: string) => describedCard(event('card'), parts(name, topic), 'Bussa')['m.new_content'];
const ofElsewhere = (language: string, reason: string) => describedCard(event('card'), { ...parts('', ''), language, visitor: null }, reason)['m.new_content'];

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
    expect([...plain(`a${'\u0335'.repeat(50)}b`, 80)].length).toBeLessThanOrEqual(6);
  });
});

describe('the card', () => {
  test('rings with what names nobody: the number, the office, voice or writing, the language, and the staff in all three ways', () => {
    const content = card(parts('Maria Rossi', 'Carta d’identità', { language: 'en' }));
    expect(content.body.split('\n')).toEqual(['🔔 N. 7 · Anagrafe: qualcuno bussa alla porta', 'Desidera parlare a voce · inglese', '✅ apri · ⏳ un momento · ❌ rifiuta · oppure scriva !apri 7', `${ANNA} ${BRUNO}`]);
    expect(content['m.mentions']).toEqual({ user_ids: STAFF });
    expect(shown(content.formatted_body).attributes).toEqual(STAFF.map((one) => `a href=https://matrix.to/#/${encodeURIComponent(one)}`));
    expect(content[CARD]).toEqual({ knock: '$k1', number: 7, since: NOON, visit: WAY });
    expect(JSON.stringify(content)).not.toMatch(/Maria|Carta|ospite/u);
  });

  test('shows what is no language as it came', () => {
    expect(card(parts('Maria', 'x', { language: '<x>' })).formatted_body).toContain('&lt;x&gt;');
  });

  test('says who knocks and what for by an edit that calls nobody once more', () => {
    const edit = describedCard(event('card'), parts('Maria Rossi', 'Carta d’identità'), 'Bussa');
    expect([edit['m.relates_to'], edit['m.mentions'], edit['m.new_content']['m.mentions']]).toEqual([{ rel_type: 'm.replace', event_id: '$card' }, {}, { user_ids: STAFF }]);
    expect(edit['m.new_content'].body.split('\n').at(-1)).toBe('Maria Rossi: Carta d’identità');
    expect(shown(edit['m.new_content'].formatted_body)).toMatchObject({ quote: 'Maria RossiCarta d’identità' });
    for (const record of [edit[CARD], edit['m.new_content'][CARD]]) expect(record).toEqual({ knock: '$k1', number: 7, since: NOON, visit: WAY, visitor: MARIA, name: 'Maria Rossi', topic: 'Carta d’identità', language: 'it', voice: true });
  });

  test('begins as it rang, however it is edited: a preview of it, or of a reaction to it, names nobody', () => {
    const [rang, edited] = [card(parts('Maria Rossi', 'x')), words('Maria Rossi', 'x')];
    expect(edited.body.startsWith(rang.body)).toBe(true);
    expect(edited.formatted_body.startsWith(rang.formatted_body)).toBe(true);
    expect([...shown(rang.formatted_body).text].length).toBeGreaterThan(80);
  });

  test('for a knock by another client shows its address and its own reason', () => {
    const content = ofElsewhere('en', 'I need a certificate');
    expect(content.body).toContain(MARIA);
    expect(content.body).toContain('I need a certificate');
    expect(ofElsewhere('it', ' \u200B ').body).toContain('(nessun motivo indicato)');
  });

  test('shows strangers’ words as text, whatever they are: no tag, no line and no call of theirs', () => {
    const harmless = words('Maria', 'x').body.split('\n').length;
    fc.assert(
      fc.property(nasty, nasty, (name, topic) => {
        const content = words(name, topic);
        const { tags, quote, attributes } = shown(content.formatted_body);
        expect([...tags].every((tag) => ['p', 'strong', 'blockquote', 'br', 'a'].includes(tag))).toBe(true);
        expect(attributes).toHaveLength(STAFF.length);
        expect(quote).toBe(`${plain(name, 80)}${plain(topic, 500) || '(nessun motivo indicato)'}`);
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
        const { quote, tags } = shown(ofElsewhere('en', reason).formatted_body);
        expect(quote).toBe(`${MARIA}${plain(reason, 500) || say('en', 'card.no_topic')}`);
        expect(tags.has('img')).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('once closed says who opened and leads to the visit, by a link that every client follows and by our page; it names no visitor', () => {
    const content = closedCard('it', event('card'), KNOCK, 'Anna', '11:05', WAYS);
    expect(JSON.stringify(content)).not.toMatch(/Maria|ospite/u);
    expect(content['m.new_content'].body).toContain('N. 7 · ha aperto Anna alle 11:05');
    expect(shown(content['m.new_content'].formatted_body).attributes).toEqual([`a href=https://matrix.to/#/${encodeURIComponent(WAY)}`, `a href=${WAYS.desk}`]);
    // Element shows the room's address in place of the link's words.
    expect(content['m.new_content'].formatted_body).toContain('Entri nella visita: <a ');
    expect(content['m.relates_to']).toEqual({ rel_type: 'm.replace', event_id: '$card' });
    // By itself it is no card that a start would read.
    expect(content).not.toHaveProperty([CARD]);
  });

  test.each<[CardOutcome, string]>([
    [{ kind: 'received', by: 'Rosa', from: '15:23', to: '15:31' }, 'N. 7 · ricevuto da Rosa, 15:23-15:31'],
    [{ kind: 'declined', by: 'Rosa', at: '15:20' }, 'N. 7 · non accolto da Rosa, 15:20'],
    [{ kind: 'withdrawn', at: '15:20' }, 'N. 7 · si è ritirato 15:20'],
    [{ kind: 'never_came' }, 'N. 7 · non è entrato'],
    [{ kind: 'not_received' }, 'N. 7 · non accolto'],
  ])('becomes one line of outcome: %j', (outcome, line) => {
    const content = outcomeCard('it', event('card'), KNOCK, outcome, WAY);
    expect(content['m.new_content'].body).toBe(line);
    expect(content[CARD]).toEqual({ knock: '$k1', number: 7, since: NOON, visit: WAY, over: true });
    expect(JSON.stringify(content)).not.toContain('ospite');
  });
});

describe('what else is said in the office', () => {
  test('the first call again mentions the staff, the next everybody', () => {
    const first = callAgain('it', event('card'), KNOCK, WAY, 1, 2, STAFF);
    expect([first['m.mentions'], first.body.includes(ANNA), shown(first.formatted_body).attributes.length]).toEqual([{ user_ids: STAFF }, true, 2]);
    const next = callAgain('it', event('card'), KNOCK, WAY, 2, 5, STAFF);
    expect([next['m.mentions'], next.body.includes('@room'), next.formatted_body.includes('@room')]).toEqual([{ room: true }, true, true]);
    expect(next['m.relates_to']).toEqual({ 'm.in_reply_to': { event_id: '$card' } });
  });

  test('a name of the staff is text as well', () => {
    const odd = user("$&<b>'");
    expect(shown(callAgain('it', event('card'), KNOCK, WAY, 1, 2, [odd]).formatted_body)).toMatchObject({ tags: new Set(['a']) });
    expect(shown(callAgain('it', event('card'), KNOCK, WAY, 1, 2, [odd]).formatted_body).text).toContain(odd);
  });

  test('whoever opened and did not come is called first, then the colleagues as well, each once, and where to', () => {
    const [first, next] = [1, 2].map((round) => callHost('it', event('card'), 7, WAYS, round, BRUNO, STAFF));
    expect([first?.['m.mentions'], next?.['m.mentions']]).toEqual([{ user_ids: [BRUNO] }, { user_ids: [BRUNO, ANNA] }]);
    for (const content of [first, next]) expect(content?.body).toContain(`https://matrix.to/#/${encodeURIComponent(WAY)}`);
  });

  test('the first line of a visit says who is there, how to speak and how to end, and names nobody', () => {
    const line = (isThere: boolean, way: 'page' | 'widget' | 'writing') => greeting('it', KNOCK, isThere, way, WAYS);
    expect(line(true, 'page').body).toContain('già qui');
    expect(line(false, 'page').body).toContain('sta arrivando');
    expect(line(true, 'page').body).toContain(WAYS.desk);
    expect(line(true, 'writing').body).not.toContain('http');
    for (const way of ['page', 'widget', 'writing'] as const) expect(line(true, way).body).toContain('🚪');
    expect(JSON.stringify(line(true, 'page'))).not.toContain('ospite');
  });

  test('an offer is an annotation, and an answer to a command calls nobody', () => {
    expect(tap(event('card'), '✅')).toEqual({ 'm.relates_to': { rel_type: 'm.annotation', event_id: '$card', key: '✅' } });
    expect(remark('it', event('said'), { text: 'Comandi' })).toMatchObject({ msgtype: 'm.notice', 'm.mentions': {}, 'm.relates_to': { 'm.in_reply_to': { event_id: '$said' } } });
    expect(remark('it', event('card'), { text: 'Il n. 7 l’ha già aperto Anna', reader: BRUNO })['m.mentions']).toEqual({ user_ids: [BRUNO] });
  });

  test('an answer in a thread stands in it, for clients that know none as a reply', () => {
    expect(remark('it', event('said'), { text: 'Comandi', thread: event('card') })['m.relates_to']).toEqual({ rel_type: 'm.thread', event_id: '$card', is_falling_back: false, 'm.in_reply_to': { event_id: '$said' } });
  });

  test('an answer about a visit shows the ways into it, as text and as links', () => {
    const answer = remark('it', event('said'), { text: 'L’ha aperto <Anna>\nalle 11', ways: WAYS });
    expect(answer.body.split('\n').slice(0, 2)).toEqual(['L’ha aperto <Anna>', 'alle 11']);
    expect(answer.body).toContain(WAYS.desk);
    const { tags, attributes, text } = shown((answer as { formatted_body: string }).formatted_body);
    expect([[...tags].toSorted(), attributes.length]).toEqual([['a', 'br'], 2]);
    expect(text).toContain('<Anna>');
  });

  test('who said that it takes but a moment stands in the card, before who it is', () => {
    const { body, formatted_body } = describedCard(event('card'), parts('Maria', 'Residenza'), '', { by: 'Anna <b>', time: '11:02' })['m.new_content'];
    expect(body.split('\n').slice(-2)).toEqual(['⏳ Anna <b>: un momento (alle 11:02)', 'Maria: Residenza']);
    expect(shown(formatted_body).tags.has('b')).toBe(false);
  });
});
