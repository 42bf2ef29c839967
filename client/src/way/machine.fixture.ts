/** Every state of the citizen's way, and everything that can happen, for the tests of it. */
import type { VisitorBody } from '@portineria/config/api';
import type { TicketContent } from '@portineria/config/events';
import { EventId, OfficeId, RoomAlias, RoomId, UserId } from '@portineria/config/ids';
import type { Event } from './machine.ts';
import type { Kept, State } from './state.ts';

export const office = OfficeId.parse('sindaco');
export const other = OfficeId.parse('anagrafe');
const doorRoom = RoomId.parse('!door:comune.example');
export const room = RoomId.parse('!visit:comune.example');
export const draft = { name: 'Maria', topic: 'Lampioni' };
export const account: VisitorBody = {
  user_id: UserId.parse('@ospite-1:comune.example'),
  device_id: 'DEVICE',
  access_token: 'token',
  homeserver: 'https://comune.example',
  porter: UserId.parse('@porter:comune.example'),
  knock: { room_id: doorRoom, alias: RoomAlias.parse('#sindaco:comune.example'), via: [], reason: 'Bussa' },
};
export const queue = { number: 12, place: 2, wait: 7 };
export const live = { office, account, link: 'up' } as const;

export const STATES: Record<State['at'], State> = {
  list: { at: 'list' },
  neighbours: { at: 'neighbours' },
  missing: { at: 'missing' },
  office: { at: 'office', office, draft: null },
  asking: { at: 'asking', office, draft },
  too_many: { at: 'too_many', office, draft, until: 60_000, message: null },
  refused: { at: 'refused', office, draft, why: 'unavailable', message: null },
  knocking: { at: 'knocking', ...live },
  waiting: { at: 'waiting', ...live, queue, kept: false, message: null },
  unanswered: { at: 'unanswered', ...live, queue, message: null },
  joining: { at: 'joining', ...live, entered: false, message: null },
  visit: { at: 'visit', ...live, room, message: null },
  leaving: { at: 'leaving', ...live, end: 'left' },
  ended: { at: 'ended', office, end: 'ended' },
  declined: { at: 'declined', office, message: null },
  closed: { at: 'closed', office, message: null },
  gone: { at: 'gone', office, why: 'lost' },
  code: { at: 'code' },
  moved: { at: 'moved', office },
  elsewhere: { at: 'elsewhere' },
};

export function ticket(state: TicketContent['state'], of: OfficeId = office): Event {
  const place = state === 'waiting' || state === 'unanswered' ? 3 : 0;
  return {
    type: 'ticket',
    ticket: { office: of, knock: EventId.parse('$knock'), number: 12, place, wait: null, state, message: 'parole' },
  };
}

export function kept(stage: Kept['stage'], place: Kept['queue'] = null): Kept {
  return { office, account, stage, queue: place };
}

export const EVENTS: Event[] = [
  { type: 'submit', draft },
  { type: 'again' },
  { type: 'keep' },
  { type: 'leave' },
  { type: 'take_over' },
  { type: 'knocked' },
  ...(['waiting', 'unanswered', 'opened', 'declined', 'closed', 'gone'] as const).flatMap((state) => [ticket(state), ticket(state, other)]),
  { type: 'keys_lost' },
  { type: 'barred' },
  { type: 'unreached' },
  { type: 'invited' },
  { type: 'joined', room },
  { type: 'visit_over' },
  { type: 'vanished' },
  { type: 'expired' },
  { type: 'lost' },
  { type: 'returned' },
  { type: 'silent' },
  { type: 'account', account },
  { type: 'too_many', until: 60_000, message: null },
  { type: 'shut', message: 'chiuso' },
  { type: 'failed', why: 'unreachable', message: null },
  { type: 'resume', kept: kept('made') },
  { type: 'resume', kept: kept('knocked', queue) },
  { type: 'resume', kept: kept('admitted') },
  { type: 'renewed', account },
  { type: 'code', code: 'BCDF-GHJK' },
  { type: 'handed', kept: kept('knocked', queue) },
  { type: 'unfit', message: 'parole' },
  { type: 'moved' },
  { type: 'elsewhere' },
  { type: 'free' },
  { type: 'left' },
];
