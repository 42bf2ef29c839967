import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { carrier, ENTRY, FAREWELL, type Carrier, type Means, type View } from './carry.ts';
import { Jitsi } from './jitsi.fixture.ts';
import type { JitsiClass, JitsiOptions } from './jitsi.ts';
import type { NoPass, Pass } from './pass.ts';

const PASS: Pass = { domain: 'meet.comune.example', conference: 'portineria-abc', jwt: 'signed' };
const OPENID = { access_token: 'openid' };

interface Scene {
  carry: Carrier;
  views: View[];
  said: string[];
  made: { domain: string; options: JitsiOptions; meeting: Jitsi }[];
}

function scene(over: Partial<Means> = {}, pass: Pass | NoPass = PASS): Scene {
  const views: View[] = [];
  const said: string[] = [];
  const made: Scene['made'] = [];
  const jitsi = function (domain: string, options: JitsiOptions) {
    const meeting = new Jitsi();
    made.push({ domain, options, meeting });
    return meeting;
  } as unknown as JitsiClass;
  const carry = carrier({
    openid: async () => OPENID,
    ask: async () => pass,
    load: async () => jitsi,
    stay: (on) => said.push(on ? 'stay' : 'go'),
    left: () => said.push('left'),
    show: (view) => views.push(view),
    slot: {} as HTMLElement,
    name: 'Anna',
    language: 'it',
    ...over,
  });
  return { carry, views, said, made };
}

/** In a conference that has been entered. */
async function inside(over: Partial<Means> = {}): Promise<Scene & { meeting: Jitsi }> {
  const entered = scene(over);
  await entered.carry.enter();
  const meeting = entered.made[0]?.meeting;
  if (meeting === undefined) throw new Error('Expected a conference');
  meeting.tell('videoConferenceJoined');
  return { ...entered, meeting };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('whoever presses the button is asked who they are, and enters with the porter’s pass, voice first', async () => {
  const asked: object[] = [];
  const { views, said, made } = await inside({ ask: async (openid) => (asked.push(openid), PASS) });
  expect(asked).toEqual([OPENID]);
  expect(made[0]).toMatchObject({
    domain: 'meet.comune.example',
    options: { roomName: 'portineria-abc', jwt: 'signed', lang: 'it', userInfo: { displayName: 'Anna' }, configOverwrite: { startAudioOnly: true, startWithVideoMuted: true, disableThirdPartyRequests: true } },
  });
  expect(views.map(({ is }) => is)).toEqual(['asking', 'opening', 'on']);
  expect(said).toEqual(['stay']);
});

test('a Jitsi that asks for no token is given none', async () => {
  const { carry, made } = scene({}, { ...PASS, jwt: null });
  await carry.enter();
  expect(made[0]?.options).not.toHaveProperty('jwt');
});

test('the client’s hangup is Jitsi’s own; then the page is put away, and the client told first', async () => {
  const { carry, meeting, said, views } = await inside();
  carry.hangUp();
  expect(meeting.done).toEqual(['hangup']);
  meeting.tell('readyToClose');
  expect(meeting.done).toEqual(['hangup', 'dispose']);
  expect(said).toEqual(['stay', 'left', 'go']);
  expect(views.at(-1)).toEqual({ is: 'ready', left: true });
});

test('a Jitsi that does not answer to a hangup is put away all the same', async () => {
  const { carry, meeting, views } = await inside();
  carry.hangUp();
  vi.advanceTimersByTime(FAREWELL);
  expect(meeting.done).toEqual(['hangup', 'dispose']);
  expect(views.at(-1)).toEqual({ is: 'ready', left: true });
});

test.each<NoPass>(['refused', 'unavailable', 'unreachable'])('no pass (%s) is a sentence and another try, and no Jitsi', async (answer) => {
  const { carry, views, made, said } = scene({}, answer);
  await carry.enter();
  expect(views.at(-1)).toEqual({ is: 'trouble', why: answer });
  expect([made.length, said.length]).toEqual([0, 0]);
});

test('who does not want to say who they are does not enter, and nothing is asked for them', async () => {
  const asked: object[] = [];
  const { carry, views } = scene({ openid: () => Promise.reject(new Error('declined')), ask: async (openid) => (asked.push(openid), PASS) });
  await carry.enter();
  expect(views.at(-1)).toEqual({ is: 'trouble', why: 'declined' });
  expect(asked).toEqual([]);
});

test('a script that cannot be had, a fatal error and an entry that never comes are troubles, each followed by another try', async () => {
  const lost = scene({ load: () => Promise.reject(new Error('no script')) });
  await lost.carry.enter();
  expect(lost.views.at(-1)).toEqual({ is: 'trouble', why: 'unreachable' });

  const broken = await inside();
  broken.meeting.tell('errorOccurred', { error: { name: 'gum.general', isFatal: false } });
  expect(broken.views.at(-1)).toEqual({ is: 'on' });
  broken.meeting.tell('errorOccurred', { error: { name: 'connection.passwordRequired', isFatal: true } });
  expect(broken.views.at(-1)).toEqual({ is: 'trouble', why: 'fault' });
  expect(broken.meeting.done).toEqual(['dispose']);

  const late = scene();
  await late.carry.enter();
  vi.advanceTimersByTime(ENTRY);
  expect(late.views.at(-1)).toEqual({ is: 'trouble', why: 'fault' });
  await late.carry.enter();
  expect(late.made).toHaveLength(2);
});

test('pressing twice enters once, and a late word of a conference that was put away is not heard', async () => {
  const { carry, made, views } = scene();
  await Promise.all([carry.enter(), carry.enter()]);
  expect(made).toHaveLength(1);
  const first = made[0]?.meeting;
  first?.tell('readyToClose');
  await carry.enter();
  first?.tell('readyToClose');
  first?.tell('errorOccurred', { error: { isFatal: true } });
  expect(views.at(-1)).toEqual({ is: 'opening' });
});
