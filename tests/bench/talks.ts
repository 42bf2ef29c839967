/**
 * Ten visits that talk at once: what the calls' server, the homeserver and the bot take, and whether anybody is lost.
 * Twenty people speak by livekit-client from one browser, through the bot as everybody, and keep their places in the call
 * at the homeserver as Element Call does. What the browser takes is nobody's here: citizens bring their own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { deviceOf, placeFor, type Place } from '../rig/calls.ts';
import type { Person } from '../rig/matrix.ts';
import { arrive, CONFIG, startReception, type Reception } from '../rig/reception.ts';
import { cardOf, visitOf } from '../rig/scenes.ts';
import { openBrowser } from '../rig/browser.ts';
import type { Row } from './figures.ts';
import { libraryIn, type Library } from './library.ts';
import { memoryOf, processorOf } from './processes.ts';

const VISITS = 10;
/** Milliseconds that are measured. */
const TALK = 30_000;
/** Element Call puts off its leaving every so often, in milliseconds. */
const PUT_OFF = 4_000;

/** Somebody in a visit. */
interface Talker {
  readonly person: Person;
  readonly room: string;
  readonly place: Place;
}

async function openVisit(reception: Reception): Promise<Talker[]> {
  const { anna, rooms, url } = reception;
  const guest = await arrive(reception, 'anagrafe');
  const card = await cardOf(reception, rooms.anagrafe, guest.person.user);
  await anna.react(rooms.anagrafe, card.event_id, '✅');
  const room = await visitOf(guest.person, rooms.anagrafe);
  const talkers: Talker[] = [];
  for (const person of [guest.person, anna]) {
    await person.join(room);
    talkers.push({ person, room, place: await placeFor(person, url, room) });
  }
  return talkers;
}

/** Takes a place in the call as its state tells it (MSC3401), with a leaving that the homeserver says by itself unless it is put off (MSC4140). @returns puts it off */
async function takePlace({ person, room }: Talker): Promise<() => Promise<void>> {
  const device = await deviceOf(person);
  const path = `/rooms/${encodeURIComponent(room)}/state/org.matrix.msc3401.call.member/${encodeURIComponent(`_${person.user}_${device}_m.call`)}`;
  const leave = (): Promise<{ delay_id: string }> => person.ask('PUT', `${path}?org.matrix.msc4140.delay=60000`, {});
  const { delay_id } = await leave();
  await person.ask('PUT', path, { application: 'm.call', call_id: '', scope: 'm.room', device_id: device, expires: 14_400_000, foci_preferred: [], focus_active: { type: 'livekit', focus_selection: 'multi_sfu' } });
  return async () => {
    await person.ask('POST', `/../unstable/org.matrix.msc4140/delayed_events/${encodeURIComponent(delay_id)}/restart`, {});
  };
}

/** What one voice has brought so far, at one ear. */
interface Received {
  readonly packets: number;
  readonly lost: number;
  readonly energy: number;
}

export async function benchTalks(): Promise<Row[]> {
  const fast = { per_second: 10_000, burst_count: 10_000 };
  const limits = { rc_message: fast, rc_joins_per_room: fast, rc_room_creation: fast, rc_delayed_event_mgmt: fast, rc_joins: { local: fast, remote: fast }, rc_invites: { per_room: fast, per_user: fast, per_issuer: fast } };
  const reception = await startReception({ config: CONFIG, calls: true, direct: true, extra: limits });
  const browser = await openBrowser('--autoplay-policy=no-user-gesture-required', '--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns');
  const abort = new AbortController();
  try {
    const talkers: Talker[] = [];
    for (let count = 0; count < VISITS; count++) talkers.push(...(await openVisit(reception)));
    const page = await (await browser.newContext({ bypassCSP: true })).newPage();
    await libraryIn(page, reception.url);
    await page.evaluate(async (places) => {
      const { Room } = (window as unknown as { LivekitClient: Library }).LivekitClient;
      const audio = new AudioContext();
      await audio.resume();
      for (const [index, { url, jwt }] of places.entries()) {
        const tone = audio.createOscillator();
        const out = audio.createMediaStreamDestination();
        tone.frequency.value = 300 + 20 * index;
        tone.connect(out);
        tone.start();
        const room = new Room();
        room.on('trackSubscribed', (track) => document.body.append(track.attach()));
        await room.connect(url, jwt);
        const [track] = out.stream.getAudioTracks();
        if (track !== undefined) await room.localParticipant.publishTrack(track);
      }
    }, talkers.map(({ place }) => place));
    const places = await Promise.all(talkers.map(takePlace));
    const keeping = Promise.all(places.map(async (putOff) => {
      while (!abort.signal.aborted) {
        await putOff();
        await sleep(PUT_OFF, undefined, { signal: abort.signal }).catch(() => undefined);
      }
    }));
    const received = (): Promise<Received[]> => page.evaluate(async () => {
      const all: { packets: number; lost: number; energy: number }[] = [];
      for (const peer of (window as unknown as { portineriaPeers: Set<RTCPeerConnection> }).portineriaPeers) {
        (await peer.getStats()).forEach((stats: { type: string; kind?: string; packetsReceived?: number; packetsLost?: number; totalAudioEnergy?: number }) => {
          if (stats.type === 'inbound-rtp' && stats.kind === 'audio') all.push({ packets: stats.packetsReceived ?? 0, lost: stats.packetsLost ?? 0, energy: stats.totalAudioEnergy ?? 0 });
        });
      }
      return all;
    });
    await sleep(3_000);
    const parts = [['calls’ server', reception.callServer?.pid() ?? 0], ['homeserver', reception.homeserver.pid()], ['bot', reception.bot().pid ?? 0]] as const;
    const before = { at: performance.now(), processor: parts.map(([, pid]) => processorOf(pid)), received: await received() };
    await sleep(TALK);
    const after = { at: performance.now(), received: await received() };
    abort.abort();
    await keeping;
    const heard = after.received.filter(({ packets, energy }, index) => packets > (before.received[index]?.packets ?? 0) && energy > (before.received[index]?.energy ?? 0)).length;
    const lost = after.received.reduce((sum, one, index) => sum + one.lost - (before.received[index]?.lost ?? 0), 0);
    const packets = after.received.reduce((sum, one, index) => sum + one.packets - (before.received[index]?.packets ?? 0), 0);
    return [
      { what: `voices heard all the time, of ${talkers.length}`, figure: String(heard), goal: 'all of them', holds: heard === talkers.length },
      { what: 'packets of sound lost on the way', figure: `${lost} of ${packets}`, goal: 'fewer than one in a hundred', holds: lost < packets / 100 },
      ...parts.map(([name, pid], index) => ({
        what: `${name}: share of one processor / memory`,
        figure: `${((100 * (processorOf(pid) - (before.processor[index] ?? 0))) / (after.at - before.at)).toFixed(1)} % / ${memoryOf(pid).toFixed(0)} MB`,
      })),
    ];
  } finally {
    abort.abort();
    await browser.close();
    await reception.stop();
  }
}
