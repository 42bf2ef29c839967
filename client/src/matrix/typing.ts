/**
 * What is being written in a visit, told from page to page as it is written (chat/typed.ts): encrypted from device to device, so that it
 * is in no room. It goes to devices alone that have said that they show it: to any other it would wait at the homeserver.
 */
import { ClientEvent, type MatrixClient, type Room } from 'matrix-js-sdk';
import { KnownMembership } from 'matrix-js-sdk/lib/@types/membership.js';
import type { ToDevicePayload } from 'matrix-js-sdk/lib/models/ToDeviceMessage.js';
import type { ReceivedToDeviceMessage } from 'matrix-js-sdk/lib/sync-accumulator.js';
import { MapWithDefault } from 'matrix-js-sdk/lib/utils.js';
import { READS, ReadsContent, TYPED, TypedContent } from '@portineria/config/events';
import { hearTurn, isGreetedBack, isGreetedFirst, isReading, shownTurns, STRANGER, toldOf, TURN_LIFE_MS, type Reader, type Turns } from '../chat/typed.ts';

/** How far apart what is being written is told, and told again after a failure, in milliseconds. */
const [TELL_EVERY_MS, FAILED_PAUSE_MS] = [300, 2_000];
/** How often it is told again while nothing is added, so that whoever comes or has lost it sees it; and how long after the last word. */
const [REPEAT_MS, REPEATED_FOR_MS] = [10_000, 300_000];
/** How long the homeserver may take over one of them, in milliseconds. */
const DELIVERY_TIMEOUT_MS = 10_000;
/** How long after the visit was entered the others hear that this page reads, in milliseconds: the call goes first. */
const GREETING_MS = 2_000;
/** More devices are not told: nobody in a visit has as many pages. */
const MOST_READERS = 20;

interface Device {
  readonly userId: string;
  readonly deviceId: string;
}

/** The live side of a conversation. */
export interface Typing {
  /** What is in the field now; nothing where it is not to be seen. */
  typed(words: string): void;
  /** The turn is being sent as a message. @returns what the message is to name it by; null where nobody was told of it */
  close(): string | null;
  /** The message has gone out, or has failed: whoever still sees the turn sees it no more. */
  closed(): void;
  /** What others are writing. @param sent the turns that have become messages, by `turnKey` */
  shown(sent: ReadonlySet<string>): [user: string, text: string][];
  stop(): void;
}

/** Follows what is written in a visit's room. @param changed what others are writing may be another */
export function typeAlong(client: MatrixClient, room: Room, porter: string, changed: () => void): Typing {
  const me = client.getSafeUserId();
  const others = new Map<string, Device & { reader: Reader }>();
  let turns: Turns = new Map();
  /** What is in the field, and what of it was told last; null to tell it again. */
  let [words, told]: [string, string | null] = ['', ''];
  let [turn, seq] = [client.makeTxnId(), 0];
  let lastWord = 0;
  let isTelling = false;
  let stopped = false;
  let repeat: ReturnType<typeof setTimeout> | undefined;
  let expiry: ReturnType<typeof setTimeout> | undefined;

  const isHere = (user: string): boolean => user !== me && user !== porter && room.getMember(user)?.membership === KnownMembership.Join;
  const readerOf = ({ userId, deviceId }: Device): Reader => others.get(`${userId} ${deviceId}`)?.reader ?? STRANGER;
  const note = ({ userId, deviceId }: Device, news: Partial<Reader>): void => void others.set(`${userId} ${deviceId}`, { userId, deviceId, reader: { ...readerOf({ userId, deviceId }), ...news } });
  const readers = (): Device[] => [...others.values()].filter(({ userId, reader }) => isHere(userId) && isReading(reader, Date.now())).slice(0, MOST_READERS);
  const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

  /** @returns the devices that it went to: the SDK leaves out those that it does not know yet */
  const deliver = async (type: string, devices: Device[], content: ToDevicePayload): Promise<Device[]> => {
    const crypto = client.getCrypto();
    if (crypto === undefined || devices.length === 0) return [];
    const { eventType, batch } = await crypto.encryptToDeviceMessages(type, devices, content);
    const contents = new MapWithDefault<string, Map<string, ToDevicePayload>>(() => new Map());
    for (const { userId, deviceId, payload } of batch) contents.getOrCreate(userId).set(deviceId, payload);
    // Not by the SDK's queue: what failed is told by the next word, and would otherwise be told late and many times.
    if (batch.length > 0) await client.sendToDevice(eventType, contents);
    return batch;
  };

  /** @param known in answer to theirs */
  const sayReads = async (devices: Device[], known?: true): Promise<void> => {
    try {
      for (const device of await deliver(READS, devices, { room: room.roomId, ...(known && { known }) })) note(device, { greeted: Date.now(), greetings: readerOf(device).greetings + 1, ...(known && { answered: Date.now() }) });
    } catch {
      // They hear it when somebody begins to write.
    }
  };

  const greet = async (): Promise<void> => {
    const users = room.getMembersWithMembership(KnownMembership.Join).map(({ userId }) => userId).filter(isHere);
    const known = await client.getCrypto()?.getUserDeviceInfo(users).catch(() => undefined);
    const devices = [...(known ?? [])].flatMap(([userId, of]) => [...of.keys()].map((deviceId) => ({ userId, deviceId })));
    await sayReads(devices.filter((device) => isGreetedFirst(readerOf(device), Date.now())));
  };

  /** Tells what is in the field, as long as there is something new, one word after the other. */
  const tell = async (): Promise<void> => {
    if (isTelling) return;
    isTelling = true;
    while (!stopped && told !== words && readers().length > 0) {
      const began = Date.now();
      const to = readers();
      told = words;
      seq += 1;
      for (const device of to) note(device, { waiting: readerOf(device).waiting ?? began });
      const gone = deliver(TYPED, to, { room: room.roomId, turn, seq, text: toldOf(words) }).then(() => true, () => false);
      if (!(await Promise.race([gone, pause(DELIVERY_TIMEOUT_MS)]))) {
        told = null;
        await pause(FAILED_PAUSE_MS);
      }
      clearTimeout(repeat);
      if (words !== '') repeat = setTimeout(tellAgain, REPEAT_MS);
      await pause(TELL_EVERY_MS - (Date.now() - began));
    }
    isTelling = false;
  };
  const tellAgain = (): void => {
    if (words === '' || Date.now() - lastWord > REPEATED_FOR_MS) return;
    told = null;
    void tell();
  };

  const hear = (device: Device, isAsking: boolean): void => {
    const reader = readerOf(device);
    note(device, { reads: true, waiting: null });
    if (isGreetedBack(reader, isAsking, Date.now())) void sayReads([device], true);
    if (!isReading(reader, Date.now())) tellAgain();
  };
  const onToDevice = ({ message: { type, sender: userId, content }, encryptionInfo }: ReceivedToDeviceMessage): void => {
    const deviceId = encryptionInfo?.senderDevice;
    // In the clear, or of a device that nobody knows, it may be anybody's.
    if ((type !== TYPED && type !== READS) || deviceId === undefined || !isHere(userId)) return;
    const typed = type === TYPED ? TypedContent.safeParse(content).data : undefined;
    const reads = type === READS ? ReadsContent.safeParse(content).data : undefined;
    if ((typed ?? reads)?.room !== room.roomId) return;
    if (typed !== undefined) {
      turns = hearTurn(turns, userId, typed, Date.now());
      clearTimeout(expiry);
      expiry = setTimeout(changed, TURN_LIFE_MS);
      changed();
    }
    hear({ userId, deviceId }, reads !== undefined && reads.known === undefined);
  };
  client.on(ClientEvent.ReceivedToDeviceMessage, onToDevice);
  const greeting = setTimeout(() => void greet(), GREETING_MS);

  return {
    typed(now) {
      const begins = words === '' && now !== '';
      [words, lastWord] = [now, Date.now()];
      if (begins) void greet();
      void tell();
    },
    close() {
      const sent = told === '' ? null : turn;
      [words, told, turn, seq] = ['', '', client.makeTxnId(), 0];
      return sent;
    },
    closed() {
      told = null;
      void tell();
    },
    shown: (sent) => shownTurns(turns, sent, isHere, Date.now()),
    stop() {
      if (words !== '' && told !== '') void deliver(TYPED, readers(), { room: room.roomId, turn, seq: seq + 1, text: '' }).catch(() => undefined);
      stopped = true;
      for (const timer of [greeting, repeat, expiry]) clearTimeout(timer);
      client.off(ClientEvent.ReceivedToDeviceMessage, onToDevice);
    },
  };
}
