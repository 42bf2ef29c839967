/** The states of the citizen's way. What leads from one to the next is in machine.ts, which only somebody who knocks needs. */
import type { VisitorBody } from '@portineria/config/api';
import type { NeighbourId, OfficeId, RoomId } from '@portineria/config/ids';

/** What the visitor writes before knocking. */
export interface Draft {
  name: string;
  topic: string;
}

/** A knock or a visit that goes on: what every live state knows. */
export interface Live {
  office: OfficeId;
  account: VisitorBody;
  /** Whether the homeserver can be reached, and the porter has been heard of late. The place in the queue is kept there, not here. */
  link: 'up' | 'down' | 'silent';
}

/** The place in the queue, as the porter tells it. */
export interface Place {
  number: number;
  /** 1 = next; 0 where the office tells nobody their place. */
  place: number;
  /** Estimated minutes; null where nothing honest can be said. */
  wait: number | null;
}

/** How far a stored way had come: the account was made, it has knocked, the door was opened to it, it has been inside. */
export type Stage = 'made' | 'knocked' | 'admitted' | 'inside';

/** What a reload needs to go on. */
export interface Kept {
  /** Whose office it is; absent for one of ours. */
  neighbour?: NeighbourId | undefined;
  office: OfficeId;
  account: VisitorBody;
  stage: Stage;
  /** The last known place, so that it is shown at once. */
  queue: Place | null;
}

/** Why no account could be made, or why it could not knock. */
export type Refusal = 'bad_request' | 'not_found' | 'unavailable' | 'unreachable' | 'away' | 'failed';

/** How a visit ended for the one who reads it. */
type End = 'left' | 'ended' | 'withdrawn';

/** Why a knock no longer stands: the office has lost sight of it, the porter had not been heard for long before, or the door was opened while this page was away. */
export type Loss = 'lost' | 'silent' | 'missed';

export type State =
  | { at: 'list' }
  | { at: 'missing' }
  | { at: 'neighbours' }
  /** Somebody types a code. `fault`: why it does not do, in the porter's words; null where there was no answer. */
  | { at: 'code'; busy?: true; fault?: string | null }
  | { at: 'office'; office: OfficeId; draft: Draft | null }
  | { at: 'asking'; office: OfficeId; draft: Draft }
  /** The message is the porter's, where the office is full. */
  | { at: 'too_many'; office: OfficeId; draft: Draft; until: number; message: string | null }
  | { at: 'refused'; office: OfficeId; draft: Draft | null; why: Refusal; message: string | null }
  | ({ at: 'knocking' } & Live)
  /** The message is the office's: that it takes but a moment, that it pauses, or what its staff wrote. */
  | ({ at: 'waiting'; queue: Place; kept: boolean; message: string | null } & Live)
  | ({ at: 'unanswered'; queue: Place; message: string | null } & Live)
  /** The message is the porter's, while whoever opened is long in coming. `entered`: a page of this visitor has been in the visit before, as after a reload. */
  | ({ at: 'joining'; entered: boolean; message: string | null } & Live)
  | ({ at: 'visit'; room: RoomId; message: string | null } & Live)
  /** `unreached`: the knock did not get there; `barred`: it was refused, or the page could not go on, and nobody is to wait for whoever cannot come. The account has served. */
  | ({ at: 'leaving'; end: End | 'unreached' | 'barred' } & Live)
  /** `feedback`: what one may say how easy it was with; absent where nobody was received. */
  | { at: 'ended'; office: OfficeId; end: End; feedback?: string | undefined }
  | { at: 'declined'; office: OfficeId; message: string | null }
  | { at: 'closed'; office: OfficeId; message: string | null }
  | { at: 'gone'; office: OfficeId; why: Loss }
  /** Another device goes on with it. */
  | { at: 'moved'; office: OfficeId }
  | { at: 'elsewhere' };

/** A state in which a knock or a visit stands. */
export type LiveState = Extract<State, Live>;

/** Whether a knock or a visit stands. */
export function isLive(state: State): state is LiveState {
  return 'link' in state;
}

/** The state that a path begins with. */
export function begin(view: { at: 'list' } | { at: 'missing' } | { at: 'neighbours' } | { at: 'code' } | { at: 'office'; office: OfficeId }): State {
  return view.at === 'office' ? { at: 'office', office: view.office, draft: null } : view;
}
