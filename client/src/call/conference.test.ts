import { Jitsi } from '@portineria/widget/jitsi.fixture';
import type { NoPass, Pass } from '@portineria/widget/pass';
import { effectScope, isReactive, ref } from 'vue';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useConference, type Conference } from './conference.ts';

const PASS: Pass = { domain: 'meet.comune.example', conference: 'portineria-abc', jwt: null };

interface Scene {
  conference: Conference;
  close: () => void;
  answers: (Pass | NoPass)[];
}

function scene(...answers: (Pass | NoPass)[]): Scene {
  const scope = effectScope();
  const conference = scope.run(() => useConference({ name: () => '', ask: async () => answers.shift() ?? PASS }, 'id-2'));
  if (conference === undefined) throw new Error('Expected a conference');
  return { conference, close: () => scope.stop(), answers };
}

/** Begins, and has Jitsi stand in the page. */
async function opened({ conference }: Scene): Promise<Jitsi> {
  conference.begin();
  await vi.advanceTimersByTimeAsync(0);
  const jitsi = new Jitsi();
  conference.ready(jitsi);
  return jitsi;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', { mediaDevices: { enumerateDevices: async () => [{ kind: 'audioinput', deviceId: 'id-2', label: 'Cuffie' }] } });
  vi.stubGlobal('RTCPeerConnection', vi.fn());
  vi.stubGlobal('JitsiMeetExternalAPI', Jitsi);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a conference is opened with its pass and the chosen microphone, and is on once Jitsi says so', async () => {
  const one = scene();
  const jitsi = await opened(one);
  expect(one.conference.shown.value).toMatchObject({ pass: PASS, microphone: 'Cuffie' });
  expect(one.conference.call.value.is).toBe('opening');
  jitsi.tell('videoConferenceJoined');
  expect(one.conference.call.value.is).toBe('on');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(one.conference.call.value.is).toBe('on');
});

test('Jitsi’s interface is kept as it is, and not looked into, whoever puts it into a state of Vue’s', async () => {
  const jitsi = await opened(scene());
  expect(isReactive(ref(jitsi).value)).toBe(false);
});

test('leaving says goodbye in the same frame, which goes when Jitsi is done, and another one is opened only then', async () => {
  const one = scene();
  const jitsi = await opened(one);
  jitsi.tell('videoConferenceJoined');
  const frame = one.conference.shown.value;
  one.conference.hangUp();
  expect([jitsi.done, one.conference.shown.value, one.conference.call.value]).toEqual([['hangup'], frame, { is: 'idle', left: true }]);
  one.conference.begin();
  await vi.advanceTimersByTimeAsync(10);
  expect(one.conference.shown.value).toBe(frame);
  jitsi.tell('readyToClose');
  await vi.advanceTimersByTimeAsync(0);
  expect(jitsi.done).toEqual(['hangup', 'dispose']);
  expect(one.conference.shown.value?.key).not.toBe(frame?.key);
  expect(one.conference.call.value.is).toBe('opening');
});

test('a Jitsi that does not answer to the goodbye is taken away all the same', async () => {
  const one = scene();
  const jitsi = await opened(one);
  jitsi.tell('videoConferenceJoined');
  one.conference.hangUp();
  await vi.advanceTimersByTimeAsync(3_000);
  expect([jitsi.done, one.conference.shown.value]).toEqual([['hangup', 'dispose'], null]);
});

test('Jitsi’s own button leaves as ours does', async () => {
  const one = scene();
  const jitsi = await opened(one);
  jitsi.tell('videoConferenceJoined');
  jitsi.tell('readyToClose');
  expect([jitsi.done, one.conference.shown.value, one.conference.call.value]).toEqual([['dispose'], null, { is: 'idle', left: true }]);
});

test.each<NoPass>(['refused', 'unavailable', 'unreachable'])('without a pass (%s) there is no frame, and another try may work', async (answer) => {
  const one = scene(answer);
  one.conference.begin();
  await vi.advanceTimersByTimeAsync(0);
  expect([one.conference.call.value, one.conference.shown.value]).toEqual([{ is: 'trouble', why: answer }, null]);
  const jitsi = await opened(one);
  jitsi.tell('videoConferenceJoined');
  expect(one.conference.call.value.is).toBe('on');
});

test('after a fatal error, and an entry that never comes, it is tried once more in a frame of its own, and then that is a trouble; an error that is not fatal is Jitsi’s own matter', async () => {
  const broken = scene();
  const jitsi = await opened(broken);
  jitsi.tell('videoConferenceJoined');
  jitsi.tell('errorOccurred', { error: { isFatal: false } });
  expect(broken.conference.call.value.is).toBe('on');
  const frame = broken.conference.shown.value?.key;
  jitsi.tell('errorOccurred', { error: { isFatal: true } });
  expect([broken.conference.call.value.is, jitsi.done]).toEqual(['opening', ['dispose']]);
  await vi.advanceTimersByTimeAsync(0);
  expect(broken.conference.shown.value?.key).not.toBe(frame);
  const second = new Jitsi();
  broken.conference.ready(second);
  second.tell('errorOccurred', { error: { isFatal: true } });
  expect([broken.conference.call.value, broken.conference.shown.value, second.done]).toEqual([{ is: 'trouble', why: 'fault' }, null, ['dispose']]);

  const late = scene();
  await opened(late);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(late.conference.call.value.is).toBe('opening');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(late.conference.call.value).toEqual({ is: 'trouble', why: 'fault' });
});

test('the end of the visit takes the frame away at once, and what comes late is not heard', async () => {
  const one = scene();
  const jitsi = await opened(one);
  jitsi.tell('videoConferenceJoined');
  one.close();
  expect([jitsi.done, one.conference.shown.value, one.conference.call.value]).toEqual([['dispose'], null, { is: 'over' }]);
  jitsi.tell('videoConferenceJoined');
  expect(one.conference.call.value).toEqual({ is: 'over' });

  const early = scene();
  early.conference.begin();
  early.close();
  await vi.advanceTimersByTimeAsync(0);
  expect(early.conference.shown.value).toBe(null);
  const stray = new Jitsi();
  early.conference.ready(stray);
  expect(stray.done).toEqual(['dispose']);
});

test('a browser without a microphone’s interface is told so before anybody is asked', async () => {
  vi.stubGlobal('navigator', {});
  const one = scene('refused');
  one.conference.begin();
  await vi.advanceTimersByTimeAsync(0);
  expect(one.conference.call.value).toEqual({ is: 'trouble', why: 'browser' });
  expect(one.answers).toHaveLength(1);
});
