/** The desk's port inside a Matrix client: all goes through the client around the page, by matrix-widget-api (MSC2762, MSC2873, MSC3869). */
import { WidgetApi, WidgetApiToWidgetAction, UnstableApiVersion, type IWidgetApiRequest } from 'matrix-widget-api';
import { DOOR, OFFICE, OfficeContent, QUEUE } from '@portineria/config/events';
import { serverOf, type UserId } from '@portineria/config/ids';
import * as z from 'zod/mini';
import type { Host } from '../address.ts';
import type { Doors } from '../desk/doors.ts';
import type { DeskPort } from '../desk/port.ts';
import { capabilitiesFor, grantedOf, powersOf, type Grant } from './grants.ts';
import { OfficeRoom } from './room.ts';

/** How much is read back of what was said: clients give what they have loaded. */
const PAST = 2_000;
/** How many edits of one card are read. */
const EDITS = 50;
/** How many cards are asked for at a time. */
const CARDS_AT_ONCE = 4;
/** How long a card may stand without a name, or a number of today without its line, before it is asked for, in milliseconds: the porter says both just after. */
const CARD_GRACE_MS = 1_500;
/** When reading that has failed is tried again, in milliseconds. */
const RETRY_MS = 10_000;

const Sent = z.object({ event_id: z.string() });
const Events = z.object({ state: z.array(z.unknown()) });
const Approved = z.object({ approved: z.array(z.string()) });

/** What the client says of itself while the desk is shown. */
interface HostSays {
  /** What it lets the desk do; told anew whenever that changes. */
  granted(now: ReadonlySet<Grant>): void;
  theme(name: string): void;
  language(tag: string): void;
}

export interface HostedDesk extends DeskPort {
  /** The server of whoever looks, where that is another than the reception's. */
  readonly server: string | null;
  /** Leads the client to a room, where it may be led: by a link of matrix.to. Throws where it does not go. */
  lead(link: string): Promise<void>;
  /** Whether the client tells what was said further back than what it has loaded. Throws where it does not answer. */
  readsBack(): Promise<boolean>;
}

interface HostedDeskOptions {
  host: Host;
  me: UserId;
  /** Whose word counts. */
  porter: UserId;
  doors: Doors;
  says: HostSays;
}

/** Begins to speak with the client. */
export function openHostedDesk({ host: { widgetId, origin, room }, me, porter, doors, says }: HostedDeskOptions): HostedDesk {
  const api = new WidgetApi(widgetId, origin);
  const held = new OfficeRoom(room, porter);
  const watchers = new Set<() => void>();
  let granted: ReadonlySet<Grant> = new Set();
  /** Cards whose edits were asked for: while their people wait or are inside, and once it is over with them. */
  const [asked, askedAfter] = [new Set<string>(), new Set<string>()];
  let due: ReturnType<typeof setTimeout> | undefined;
  let catchingUp: ReturnType<typeof setTimeout> | undefined;

  // Much comes at once: it is shown once.
  const later = (): void => {
    due ??= setTimeout(() => {
      due = undefined;
      for (const changed of watchers) changed();
    });
  };
  const takeState = (events: readonly unknown[]): void => {
    const came = held.takeState(events);
    if (came.size === 0) return;
    if (came.has(DOOR) || came.has(OFFICE)) doors.hurry();
    if (came.has(QUEUE)) catchUpSoon();
    later();
  };
  const catchUpSoon = (): void => {
    if (granted.has('cards')) catchingUp ??= setTimeout(() => void catchUp(), CARD_GRACE_MS);
  };
  /** Whether the client tells what was said further back than what it has loaded (MSC3869). */
  const readsBack = async (): Promise<boolean> => (await api.getClientVersions()).includes(UnstableApiVersion.MSC3869);

  /** Asks for what was said of cards that are older than what the client has loaded: first of those who are there now. */
  async function catchUp(): Promise<void> {
    const wanted = [[held.nameless(), asked], [held.lineless(), askedAfter]] as const;
    const cards = wanted.flatMap(([missing, known]) => missing.filter((card) => !known.has(card)).map((card) => ({ card, known })));
    try {
      // A client that cannot tell them leaves the cards as numbers, and today's lines as far as they are loaded.
      const isTold = cards.length > 0 && (await readsBack());
      if (isTold) {
        for (let at = 0; at < cards.length; at += CARDS_AT_ONCE) {
          await Promise.all(cards.slice(at, at + CARDS_AT_ONCE).map(async ({ card, known }) => {
            const { chunk } = await api.readEventRelations(card, room, 'm.replace', 'm.room.message', EDITS);
            known.add(card);
            held.takePast(chunk);
            later();
          }));
        }
      }
      catchingUp = undefined;
      // The queue may have named others meanwhile.
      if (isTold) catchUpSoon();
    } catch (error) {
      console.warn(error);
      catchingUp = setTimeout(() => void catchUp(), RETRY_MS);
    }
  }

  /** Reads what the client has of the room. What comes meanwhile is told by itself. */
  async function read(): Promise<void> {
    try {
      if (!granted.has('room')) return;
      // Clients that push the state answer this question by what was said of it in the timeline, old and new.
      const pushes = (await api.getClientVersions()).includes(UnstableApiVersion.MSC2762_UPDATE_STATE);
      const states = pushes ? [] : STATES.filter(({ grant }) => granted.has(grant));
      const said = SAID.filter(({ grant }) => granted.has(grant));
      // Each answer is taken in as it comes: kept until the last is there, it would undo what the client tells meanwhile.
      await Promise.all([
        ...states.map(({ type, key }) => api.readStateEvents(type, undefined, key, [room]).then(takeState)),
        ...said.map(({ msgtype }) => api.readRoomEvents('m.room.message', PAST, msgtype, [room]).then((events) => held.takePast(events))),
      ]);
      later();
    } catch (error) {
      console.warn(error);
      setTimeout(() => void read(), RETRY_MS);
    }
  }

  const allow = (approved: readonly string[]): void => {
    granted = grantedOf(approved, room);
    says.granted(granted);
    later();
    void read();
  };
  const hear = (action: string, work: (data: unknown) => void): void => {
    api.on(`action:${action}`, (event: CustomEvent<IWidgetApiRequest>) => {
      event.preventDefault();
      api.transport.reply(event.detail, {});
      work(event.detail.data);
    });
  };
  hear(WidgetApiToWidgetAction.UpdateState, (data) => takeState(Events.safeParse(data).data?.state ?? []));
  hear(WidgetApiToWidgetAction.SendEvent, (event) => {
    if (held.takeLive(event)) later();
    // Clients that do not push the state tell of it here.
    else void api.getClientVersions().then((versions) => !versions.includes(UnstableApiVersion.MSC2762_UPDATE_STATE) && takeState([event]));
  });
  hear(WidgetApiToWidgetAction.ThemeChange, (data) => says.theme(z.object({ name: z.string() }).safeParse(data).data?.name ?? ''));
  hear(WidgetApiToWidgetAction.LanguageChange, (data) => says.language(z.object({ lang: z.string() }).safeParse(data).data?.lang ?? ''));

  const wished = capabilitiesFor(room);
  api.requestCapabilities(wished);
  let isTold = false;
  api.on(`action:${WidgetApiToWidgetAction.NotifyCapabilities}`, ({ detail }: CustomEvent<IWidgetApiRequest>) => {
    isTold = true;
    allow(Approved.safeParse(detail.data).data?.approved ?? []);
  });
  // A client that does not tell what it allows may allow all: what it refuses is then seen one by one.
  api.on('ready', () => !isTold && allow(wished));
  // Only the client that shows the page is heard: the package would take anybody's word (MSC1236 leaves it open).
  window.addEventListener('message', (event) => event.source !== window.parent && event.stopImmediatePropagation(), true);
  api.start();

  const send = async (type: string, content: object): Promise<string> => {
    const { event_id } = Sent.parse(await api.sendRoomEvent(type, content, room));
    return event_id;
  };
  const officeId = (): string | null => {
    const office = held.stateOf(OFFICE);
    return office?.sender === porter ? (OfficeContent.safeParse(office.content).data?.id ?? null) : null;
  };
  return {
    room,
    server: serverOf(me) === serverOf(porter) ? null : serverOf(me),
    now: () => doors.now(),
    read: () => ({
      room, me, porter, office: held.stateOf(OFFICE), hand: held.stateOf(DOOR), queue: held.stateOf(QUEUE), names: held.names, timeline: held.timeline,
      may: powersOf(granted), door: doors.of(officeId() ?? ''),
    }),
    watch(changed) {
      watchers.add(changed);
      const stop = doors.watch(later);
      return () => {
        stop();
        watchers.delete(changed);
      };
    },
    react: (card, key) => send('m.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: card, key } }),
    say: (body) => send('m.room.message', { msgtype: 'm.text', body }),
    lead: (link) => api.navigateTo(link),
    readsBack,
  };
}

/** What is read where a client does not push it. */
const STATES: readonly { grant: Grant; type: string; key?: string }[] = [
  { grant: 'office', type: OFFICE, key: '' },
  { grant: 'door', type: DOOR, key: '' },
  { grant: 'queue', type: QUEUE, key: '' },
  { grant: 'members', type: 'm.room.member' },
];
const SAID: readonly { grant: Grant; msgtype: string }[] = [{ grant: 'cards', msgtype: 'm.text' }, { grant: 'replies', msgtype: 'm.notice' }];
