import { LayoutContent, WidgetContent } from '@portineria/config/events';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { user } from '../judgement/situation.fixture.ts';
import { deskWidget, jitsiWidget } from './widgets.ts';

const TRANSPORT = { type: 'jitsi', domain: 'meet.comune.example', conference: 'portineria-abc' };
const OPEN = { domain: 'meet.comune.example', appId: null, secretFile: null };
const facts = { transport: TRANSPORT, jitsi: OPEN, publicUrl: 'https://comune.example', porter: user('portineria'), subject: 'Anagrafe' };

const widgetOf = (over: Partial<typeof facts> | { jitsi: { domain: string; appId: string; secretFile: string } } = {}): WidgetContent =>
  z.parse(WidgetContent, jitsiWidget({ ...facts, ...over }).find(({ type }) => type === 'im.vector.modular.widgets')?.content);

test('a visit over Jitsi has one widget, under the same key each time, that begins with the voice', () => {
  const [one, again] = [jitsiWidget(facts), jitsiWidget(facts)];
  expect(one).toEqual(again);
  expect(one.map(({ type, state_key }) => [type, state_key])).toEqual([['im.vector.modular.widgets', 'it.portineria.jitsi'], ['io.element.widgets.layout', '']]);
  expect(widgetOf().data).toEqual({ domain: 'meet.comune.example', conferenceId: 'portineria-abc', isAudioOnly: true, roomName: 'Anagrafe' });
});

test('Element shows it by itself: its own widget type, or a custom one that is pinned above the conversation', () => {
  expect(widgetOf().type).toBe('jitsi');
  // Element's own page for that type would enter without a token.
  expect(widgetOf({ jitsi: { domain: 'meet.comune.example', appId: 'portineria', secretFile: 'secret' } }).type).toBe('m.custom');
  const { widgets } = z.parse(LayoutContent, jitsiWidget(facts)[1]?.content);
  expect(widgets[widgetOf().id]).toMatchObject({ container: 'top' });
});

test('it is shown by a page on our own origin, and what the client fills in stands behind the #, where no server reads it', () => {
  const { url } = widgetOf();
  expect(url).toMatch(/^https:\/\/comune\.example\/widget\/index\.html#/u);
  expect(url.slice(0, url.indexOf('#'))).not.toContain('$');
  expect(url).toContain('$matrix_room_id');
});

test('a visit by other means, or in writing, has none', () => {
  expect(jitsiWidget({ ...facts, transport: null })).toEqual([]);
  expect(jitsiWidget({ ...facts, transport: { type: 'livekit', domain: '', conference: '' } })).toEqual([]);
});

test('an office has one desk, under its own key, that Element shows above the conversation', () => {
  const [widget, layout] = deskWidget(facts, ['en', 'it']);
  expect([widget?.state_key, layout?.state_key]).toEqual(['it.portineria.desk', '']);
  expect(z.parse(WidgetContent, widget?.content)).toMatchObject({ id: 'it.portineria.desk', type: 'm.custom', name: 'Desk', creatorUserId: facts.porter });
  expect(z.parse(LayoutContent, layout?.content).widgets['it.portineria.desk']).toMatchObject({ container: 'top' });
  expect(deskWidget(facts, ['it'])[0]?.content['name']).toBe('Scrivania');
});

test('the desk’s page is told who looks, where, and whose word counts, behind the #, and it is of our public address', () => {
  const { url } = z.parse(WidgetContent, deskWidget({ ...facts, publicUrl: 'https://altrove.example' }, ['it'])[0]?.content);
  expect(url).toMatch(/^https:\/\/altrove\.example\/widget\/desk\.html#/u);
  const told = new URLSearchParams(new URL(url).hash.slice(3));
  expect(Object.fromEntries(told)).toEqual({ room: '$matrix_room_id', user: '$matrix_user_id', lang: '$org.matrix.msc2873.client_language', theme: '$org.matrix.msc2873.client_theme', porter: facts.porter });
});
