/** The files of a conversation: those on their way out, and those that were opened, which stay in memory for as long as a page shows them. */
import type { MatrixClient, Room } from 'matrix-js-sdk';
import { safeName } from '../chat/filename.ts';
import type { Message, Outbox, SentFile } from '../chat/talk.ts';
import { asOpened, attachmentOf, seal, unseal, type Attachment } from './attachments.ts';

/** What a conversation does with its files. */
export interface FileBox {
  outbox: Outbox;
  /** Those that are on their way to the homeserver, or did not get there. */
  outgoing(): Message[];
  /** Tries one of those again. @returns whether it is one of them */
  retry(id: string): boolean;
  /** A file of an event, to be shown. */
  sent(attachment: Attachment): SentFile;
}

interface Outgoing {
  readonly id: string;
  readonly file: File;
  readonly at: number;
  failed: boolean;
}

/** @param changed is told when `outgoing` is another */
export function fileBox(client: MatrixClient, room: Room, changed: () => void): FileBox {
  let outgoing: readonly Outgoing[] = [];
  let limit: Promise<number | null> | undefined;
  const opened = new Map<string, Promise<Blob>>();

  const send = async (one: Outgoing): Promise<void> => {
    one.failed = false;
    changed();
    try {
      const content = await seal(client, room.roomId, one.file);
      const { url } = attachmentOf(content) ?? { url: '' };
      opened.set(url, Promise.resolve(asOpened(one.file)));
      outgoing = outgoing.filter((other) => other !== one);
      // From here on it is a message like any other, which shows a failure itself.
      client.sendMessage(room.roomId, content).then(changed, changed);
    } catch {
      one.failed = true;
    }
    changed();
  };

  const open = (attachment: Attachment): Promise<Blob> => {
    const known = opened.get(attachment.url);
    if (known !== undefined) return known;
    const fetched = unseal(client, attachment);
    opened.set(attachment.url, fetched);
    // It may be there at the next try.
    fetched.catch(() => opened.delete(attachment.url));
    return fetched;
  };

  return {
    outbox: {
      async limit() {
        limit ??= client.getMediaConfig(true).then((said) => said['m.upload.size'] ?? null);
        // Whoever is not told is refused by the homeserver itself.
        return limit.catch(() => ((limit = undefined), null));
      },
      send(file) {
        const one = { id: crypto.randomUUID(), file, at: Date.now(), failed: false };
        outgoing = [...outgoing, one];
        void send(one);
      },
    },
    outgoing: () => outgoing.map(({ id, file, at, failed }) => ({
      id,
      from: 'visitor',
      name: '',
      at,
      text: safeName(file.name, 'file'),
      kind: 'text',
      sent: failed ? 'failed' : 'sending',
      encrypted: true,
    })),
    retry(id) {
      const one = outgoing.find((other) => other.id === id);
      if (one?.failed === true) void send(one);
      return one !== undefined;
    },
    sent: (attachment) => ({ name: attachment.name, size: attachment.size, isImage: attachment.picture !== null, open: () => open(attachment) }),
  };
}
