import type { JitsiApi } from '@portineria/widget/jitsi';
import type { NoPass, Pass } from '@portineria/widget/pass';
import { effectScope, isReactive, ref } from 'vue';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useMeeting, type Meeting } from './meeting.ts';

const PASS: Pass = { domain: 'meet.comune.example', conference: 'portineria-abc', jwt: null };

/** Jitsi's interface, telling what a test has it tell. */
class Jitsi implements JitsiApi {
  readonly done: string[] = [];
  readonly listeners: [string, (told: unknown) => void][] = [];
  on(event: string, listener: (told: unknown) => void): void {
    this.listeners.push([event, listener]);
  }
  executeCommand(name: string): void {
    this.done.push(name);
  }
  getIFrame(): HTMLIFrameElement {
    throw new Error('A test has no frames');
  }
  dispose(): void {
    this.done.push('dispose');
  }
  tell(event: string, told: unknown = {}): void {
    for (const [name, listener] of this.listeners) if (name === event) listener(told);
  }
}

interface Scene {
  meeting: Meeting;
  close: () => void;
  answers: (Pass | NoPass)[];
}

function scene(...answers: (Pass | NoPass)[]): Scene {
  const scope = effectScope();
  const meeting = scope.run(() => useMeeting({ name: () => '', ask: async () => answers.shift() ?? PASS }, 'id-2'));
  if (meeting === undefined) throw new Error('Expected a meeting');
  return { meeting, close: () => scope.stop(), answers };
}

/** Begins, and has Jitsi stand in the page. */
async function opened({ meeting }: Scene): Promise<Jitsi> {
  meeting.begin();
  await vi.advanceTimersByTimeAsync(0);
  const jitsi = new Jitsi();
  meeting.ready(jitsi);
  return jitsi;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', { mediaDevices: { enumerateDevices: async () => [{ kind: 'audioinput', deviceId: 'id-2', label: 'Cuffie' }] } });
  vi.stubGlobal('RTCPeerConnection', class {});
  vi.stubGlobal('JitsiMeetExternalAPI', Jitsi);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a conference is opened with its pass and the chosen microphone, and is on once Jitsi says so', async () => {
  const one = scene();
  const jitsi = await opened(one);
  expect(one.meeting.shown.value).toMatchObject({ pass: PASS, microphone: 'Cuffie' });
  expect(one.meeting.call.value.is).toBe('opening');
  jitsi.tell('videoConferenceJoined');
  expect(one.meeting.call.value.is).toBe('on');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(one.meeting.call.value.is).toBe('on');
});

test('Jitsi’s interface is kept as it is, and not looked into, whoever puts it into a state of Vue’s', async () => {
  const jitsi = await opened(scene());
  expect(isReactive(ref(jitsi).value)).toBe(false);
});

test('leaving says goodbye in the same frame, which goes when Jitsi is done, and another one is opened only then', async () => {
  const one = scene();
  const jitsi = await opened(one);
  jitsi.tell('videoConferenceJoined');
  const frame = one.meeting.shown.value;
  one.meeting.hangUp();
  expect([jitsi.done, one.meeting.shown.value, one.meeting.call.value]).toEqual([['hangup'], frame, { is: 'idle', left: true }]);
  one.meeting.begin();
  await vi.advanceTimersByTimeAsync(10);
  expect(one.meeting.shown.value).toBe(frame);
  jitsi.tell('readyToClose');
  await vi.advanceTimersByTimeAsync(0);
  expect(jitsi.done).toEqual(['hangup', 'dispose']);
  expect(one.meeting.shown.value?.key).not.toBe(frame?.key);
  expect(one.meeting.call.value.is).toBe('opening');
});

test('a Jitsi that does not answer to the goodbye is taken away all the same', async () => {
  const one = scene();
  const jitsi = await opened(one);
  jitsi.tell('videoConferenceJoined');
  one.meeting.hangUp();
  await vi.advanceTimersByTimeAsync(3_000);
  expect([jitsi.done, one.meeting.shown.value]).toEqual([['hangup', 'dispose'], null]);
});

test('Jitsi’s own button leaves as ours does', async () => {
  const one = scene();
  const jitsi = await opened(one);
  jitsi.tell('videoConferenceJoined');
  jitsi.tell('readyToClose');
  expect([jitsi.done, one.meeting.shown.value, one.meeting.call.value]).toEqual([['dispose'], null, { is: 'idle', left: true }]);
});

test.each<NoPass>(['refused', 'unavailable', 'unreachable'])('without a pass (%s) there is no frame, and another try may work', async (answer) => {
  const one = scene(answer);
  one.meeting.begin();
  await vi.advanceTimersByTimeAsync(0);
  expect([one.meeting.call.value, one.meeting.shown.value]).toEqual([{ is: 'trouble', why: answer }, null]);
  const jitsi = await opened(one);
  jitsi.tell('videoConferenceJoined');
  expect(one.meeting.call.value.is).toBe('on');
});

test('a fatal error and an entry that never comes are troubles; an error that is not fatal is Jitsi’s own matter', async () => {
  const broken = scene();
  const jitsi = await opened(broken);
  jitsi.tell('videoConferenceJoined');
  jitsi.tell('errorOccurred', { error: { isFatal: false } });
  expect(broken.meeting.call.value.is).toBe('on');
  jitsi.tell('errorOccurred', { error: { isFatal: true } });
  expect([broken.meeting.call.value, broken.meeting.shown.value, jitsi.done]).toEqual([{ is: 'trouble', why: 'fault' }, null, ['dispose']]);

  const late = scene();
  await opened(late);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(late.meeting.call.value).toEqual({ is: 'trouble', why: 'fault' });
});

test('the end of the visit takes the frame away at once, and what comes late is not heard', async () => {
  const one = scene();
  const jitsi = await opened(one);
  jitsi.tell('videoConferenceJoined');
  one.close();
  expect([jitsi.done, one.meeting.shown.value, one.meeting.call.value]).toEqual([['dispose'], null, { is: 'over' }]);
  jitsi.tell('videoConferenceJoined');
  expect(one.meeting.call.value).toEqual({ is: 'over' });

  const early = scene();
  early.meeting.begin();
  early.close();
  await vi.advanceTimersByTimeAsync(0);
  expect(early.meeting.shown.value).toBe(null);
  const stray = new Jitsi();
  early.meeting.ready(stray);
  expect(stray.done).toEqual(['dispose']);
});

test('a browser without a microphone’s interface is told so before anybody is asked', async () => {
  vi.stubGlobal('navigator', {});
  const one = scene('refused');
  one.meeting.begin();
  await vi.advanceTimersByTimeAsync(0);
  expect(one.meeting.call.value).toEqual({ is: 'trouble', why: 'browser' });
  expect(one.answers).toHaveLength(1);
});
