/** The visit's room as a conversation: who is there, what was written, in the words of chat/talk.ts. */
import { EventType, MsgType, RelationType } from 'matrix-js-sdk/lib/@types/event.js';
import { KnownMembership } from 'matrix-js-sdk/lib/@types/membership.js';
import type { RoomMessageEventContent } from 'matrix-js-sdk/lib/@types/events.js';
import { MatrixEventEvent, type MatrixClient, type MatrixEvent, type Room } from 'matrix-js-sdk';
import { EventStatus } from 'matrix-js-sdk/lib/models/event-status.js';
import { RoomEvent } from 'matrix-js-sdk/lib/models/room.js';
import { RoomStateEvent } from 'matrix-js-sdk/lib/models/room-state.js';
import { CARD, TYPED, TYPED_LENGTH } from '@portineria/config/events';
import { plainLine, plainText } from '@portineria/config/harmless';
import type { Message, Talk } from '../chat/talk.ts';
import { attachmentOf } from './attachments.ts';
import { fileBox, type FileBox } from './filebox.ts';
import { turnKey } from '../chat/typed.ts';
import { nameIn } from './names.ts';
import { staffNameIn } from './staffname.ts';
import { typeAlong } from './typing.ts';

/** A conversation that is being followed. */
export interface Conversation {
  /** Sends a message: the turn that was being written. */
  say(words: string): void;
  /** What is being written, for the others to see; nothing where they are not to. */
  typed(words: string): void;
  resend(id: string): void;
  stop(): void;
}

/** Follows a visit's room, and shows it anew at every change. */
export function converse(client: MatrixClient, room: Room, porter: string, show: (talk: Talk) => void): Conversation {
  let ready = false;
  let due: ReturnType<typeof setTimeout> | undefined;
  const draw = (): void => {
    due = undefined;
    const live = typing.shown(sentTurns(room)).map(([id, text]) => ({ id, name: nameOf(room, id), text: plainText(text, TYPED_LENGTH) }));
    const messages = [...messagesOf(room, porter, box), ...box.outgoing()];
    show({ ready, people: peopleOf(room, client.getSafeUserId(), porter), messages, files: box.outbox, live });
  };
  // Many events may come at once, as after a reload: one drawing is enough.
  const soon = (): void => {
    due ??= setTimeout(draw, 20);
  };
  const box = fileBox(client, room, soon);
  const typing = typeAlong(client, room, porter, soon);
  const watchEncryption = (): void => {
    if (ready) return;
    void client
      .getCrypto()
      ?.isEncryptionEnabledInRoom(room.roomId)
      .then((enabled) => {
        ready ||= enabled;
        soon();
      });
  };
  const onState = (): void => {
    watchEncryption();
    soon();
  };
  const onTimeline = (_event: MatrixEvent, of: Room | undefined): void => {
    if (of?.roomId === room.roomId) soon();
  };
  client.on(RoomEvent.Timeline, onTimeline);
  client.on(MatrixEventEvent.Decrypted, soon);
  room.on(RoomEvent.LocalEchoUpdated, soon);
  room.on(RoomEvent.Redaction, soon);
  room.on(RoomStateEvent.Events, onState);
  onState();

  return {
    say(words) {
      const body = words.trim();
      if (body === '' || !ready) return;
      const turn = typing.close();
      const content: RoomMessageEventContent = { msgtype: MsgType.Text, body, ...(turn === null ? {} : { [TYPED]: turn }) };
      const sent = (): void => {
        if (turn !== null) typing.closed();
        soon();
      };
      // A failure is shown at the message itself, which then offers to be sent again.
      client.sendMessage(room.roomId, content).then(sent, sent);
      soon();
    },
    typed: (words) => typing.typed(ready ? words : ''),
    resend(id) {
      if (box.retry(id)) return;
      const event = room.getLiveTimeline().getEvents().find((candidate) => candidate.getId() === id);
      if (event?.status !== EventStatus.NOT_SENT) return;
      client.resendEvent(event, room).then(soon, soon);
      soon();
    },
    stop() {
      clearTimeout(due);
      typing.stop();
      client.off(RoomEvent.Timeline, onTimeline);
      client.off(MatrixEventEvent.Decrypted, soon);
      room.off(RoomEvent.LocalEchoUpdated, soon);
      room.off(RoomEvent.Redaction, soon);
      room.off(RoomStateEvent.Events, onState);
    },
  };
}

function peopleOf(room: Room, me: string, porter: string): string[] {
  return room
    .getMembersWithMembership(KnownMembership.Join)
    .filter((member) => member.userId !== me && member.userId !== porter)
    .map((member) => nameOf(room, member.userId))
    // Several of an office that is shown as one are one.
    .filter((name, at, names) => names.indexOf(name) === at || staffNameIn(room, null) !== name);
}

function messagesOf(room: Room, porter: string, box: FileBox): Message[] {
  return room
    .getLiveTimeline()
    .getEvents()
    .filter((event) => isMessage(event) && !isAside(event, room.myUserId, porter))
    .map((event) => messageOf(room, event, porter, box));
}

/** The turns that others have sent, as their messages name them. */
function sentTurns(room: Room): Set<string> {
  const events = room.getLiveTimeline().getEvents().map((event) => [event.getSender() ?? '', event.getContent()[TYPED]] as const);
  return new Set(events.flatMap(([sender, turn]) => (typeof turn === 'string' ? [turnKey(sender, turn)] : [])));
}

function isMessage(event: MatrixEvent): boolean {
  if (event.isRedacted() || event.status === EventStatus.CANCELLED) return false;
  // An edit is shown in place of what it edits.
  if (event.isRelation(RelationType.Replace)) return false;
  return event.getType() === EventType.RoomMessage || (event.isEncrypted() && (event.isDecryptionFailure() || event.isBeingDecrypted()));
}

/** What ends a visit by a word: for the porter, whatever comes of it. */
const END = /^!(?:fine|end)(?![\p{L}\p{N}])/iu;

/** What staff and the porter say to each other in the visit's room: the porter's line for the staff, and the command that ends the visit. */
export function isAside(event: MatrixEvent, me: string, porter: string): boolean {
  const sender = event.getSender();
  const { body, [CARD]: record } = event.getContent();
  return sender === porter ? record !== undefined : sender !== me && typeof body === 'string' && END.test(body.trim());
}

function messageOf(room: Room, event: MatrixEvent, porter: string, box: FileBox): Message {
  const sender = event.getSender() ?? '';
  const unreadable = event.isDecryptionFailure() || event.getType() === EventType.RoomMessageEncrypted;
  const content = event.getContent();
  const body = typeof content['body'] === 'string' ? content['body'] : '';
  const written = content.msgtype === MsgType.Text || content.msgtype === MsgType.Notice || content.msgtype === MsgType.Emote;
  const attachment = unreadable || written ? null : attachmentOf(content);
  const told = unreadable
    ? ({ kind: 'unreadable', text: '' } as const)
    : attachment !== null
      ? ({ kind: 'file', text: attachment.caption, file: box.sent(attachment) } as const)
      : ({ kind: written ? 'text' : 'other', text: written ? plainText(withoutReply(body, event)) : plainLine(body) } as const);
  return {
    id: event.getId() ?? event.getTxnId() ?? `${sender} ${event.getTs()}`,
    from: sender === room.myUserId ? 'visitor' : sender === porter ? 'porter' : 'staff',
    name: nameOf(room, sender),
    at: event.getTs(),
    ...told,
    sent: sentOf(event.status),
    encrypted: event.isEncrypted() || event.status !== null,
  };
}

function sentOf(status: EventStatus | null): Message['sent'] {
  if (status === EventStatus.NOT_SENT) return 'failed';
  return status === null || status === EventStatus.SENT ? 'sent' : 'sending';
}

/** Older clients put what they answer to before the answer (Matrix 1.12 and before, "fallbacks for rich replies"). */
function withoutReply(body: string, event: MatrixEvent): string {
  return event.replyEventId === undefined ? body : body.replace(/^(?:> .*\n)+\n?/u, '');
}

/** What somebody is called here; else a member's own name, or the first part of the user id. */
function nameOf(room: Room, userId: string): string {
  const other = nameIn(room, userId);
  if (other !== null) return other;
  const given = plainLine(room.getMember(userId)?.rawDisplayName ?? '');
  return given === '' ? plainLine(userId.slice(1).split(':')[0] ?? userId) : given;
}
