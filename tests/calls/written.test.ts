/** A reception without a server for calls. */
import { VISIT, type VisitContent } from '@portineria/config/events';
import { expect, test } from 'vitest';
import { placeFor } from '../rig/calls.ts';
import { admitted, refused } from '../rig/house.ts';
import { startReception, type Reception } from '../rig/reception.ts';
import { seeOff } from '../rig/scenes.ts';
import { stage } from '../rig/stage.ts';

let written: Reception;
stage(async () => { written = await startReception(); }, () => written.stop());

test('is ready, offers writing alone, and says so', async () => {
  expect(await (await fetch(`${written.url}/health/ready`)).json()).toMatchObject({ status: 'ready', notes: [{ part: 'calls', sentence: expect.stringContaining('in writing') }] });
  const { offices } = (await (await fetch(`${written.url}/api/comune`)).json()) as { offices: { call: string }[] };
  expect(offices.map(({ call }) => call)).toEqual(['none', 'none']);
  expect(await (await fetch(`${written.url}/.well-known/matrix/client`)).json()).not.toHaveProperty(['org.matrix.msc4143.rtc_foci']);
  const { guest, room } = await admitted(written);
  await guest.person.join(room);
  expect(await guest.person.state<VisitContent>(room, VISIT)).toMatchObject({ transport: null });
  expect(await refused(placeFor(guest.person, written.url, room))).toMatchObject({ status: 503 });
  expect((await fetch(`${written.url}/livekit/rtc/validate`)).status).toBe(404);
  await seeOff(written, guest);
});
