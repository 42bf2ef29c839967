/** A file as an event tells of it, sealed before it leaves the page and opened in it (client-server API, "Sending encrypted attachments"). */
import type { MatrixClient } from 'matrix-js-sdk';
import { MsgType } from 'matrix-js-sdk/lib/@types/event.js';
import type { RoomMessageEventContent } from 'matrix-js-sdk/lib/@types/events.js';
import { decryptAttachment, encryptAttachment } from 'matrix-encrypt-attachment';
import * as z from 'zod/mini';
import { fileMark } from '@portineria/config/filemark';
import { plainText } from '@portineria/config/harmless';
import { safeName } from '../chat/filename.ts';

const Address = z.string().check(z.regex(/^mxc:\/\/[^/\s]+\/[\w-]+$/u));
const Sealed = z.object({
  url: Address,
  key: z.object({ kty: z.literal('oct'), key_ops: z.array(z.string()), alg: z.literal('A256CTR'), k: z.string(), ext: z.literal(true) }),
  iv: z.string(),
  hashes: z.object({ sha256: z.string() }),
  v: z.literal('v2'),
});
type Sealed = z.infer<typeof Sealed>;

const Content = z.object({
  msgtype: z.enum(['m.image', 'm.file', 'm.audio', 'm.video']),
  body: z.catch(z.string(), ''),
  filename: z.catch(z.optional(z.string()), undefined),
  info: z.catch(z.object({ mimetype: z.catch(z.optional(z.string()), undefined), size: z.catch(z.optional(z.int().check(z.nonnegative())), undefined) }), {}),
  file: z.optional(Sealed),
  url: z.optional(Address),
});

/** What can hold nothing but a picture. SVG is a document, and every other kind is only saved. */
const PICTURES: readonly string[] = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif'];
const BYTES = 'application/octet-stream';
/** The most bytes that are taken into memory: more than any homeserver of ours lets through. */
const MOST_BYTES = 100_000_000;
/** How long the homeserver may take over a file, in milliseconds. */
const FETCH_TIMEOUT_MS = 300_000;

/** A file of somebody's, before it is opened. */
export interface Attachment {
  readonly name: string;
  /** The words that go with it. */
  readonly caption: string;
  readonly size: number | null;
  /** Of the kinds that are shown as pictures; null for all others. */
  readonly picture: string | null;
  readonly url: string;
  /** Null where it was sent in the clear. */
  readonly sealed: Sealed | null;
}

/** What an event's content says of a file; null where it is none, or one that cannot be opened. */
export function attachmentOf(content: unknown): Attachment | null {
  const read = Content.safeParse(content);
  if (!read.success) return null;
  const { msgtype, body, filename, info, file, url } = read.data;
  const address = file?.url ?? url;
  if (address === undefined) return null;
  const picture = msgtype === 'm.image' && PICTURES.includes(info.mimetype ?? '') ? (info.mimetype ?? null) : null;
  const caption = filename !== undefined && filename !== body ? plainText(body) : '';
  return { name: safeName(filename ?? body, ''), caption, size: info.size ?? null, picture, url: address, sealed: file ?? null };
}

/**
 * Seals a file and hands it to the homeserver, which learns neither its name nor its kind, but whose visit it is of: by that the porter finds
 * what staff have sent, and deletes it with the room.
 * @returns what to send of it
 */
export async function seal(client: MatrixClient, room: string, file: File): Promise<RoomMessageEventContent> {
  const { data, info } = await encryptAttachment(await file.arrayBuffer());
  const { content_uri: url } = await client.uploadContent(new Blob([data]), { name: fileMark(room), type: BYTES });
  const sealed = Sealed.parse({ ...info, url });
  const name = safeName(file.name, 'file');
  const about = { mimetype: file.type === '' ? BYTES : file.type, size: file.size };
  if (!PICTURES.includes(file.type)) return { msgtype: MsgType.File, body: name, filename: name, info: about, file: sealed };
  return { msgtype: MsgType.Image, body: name, filename: name, info: { ...about, ...(await extentOf(file)) }, file: sealed };
}

/** How large a picture is, in pixels; nothing where the browser cannot say. */
async function extentOf(file: File): Promise<{ w?: number; h?: number }> {
  try {
    const bitmap = await createImageBitmap(file);
    const { width: w, height: h } = bitmap;
    bitmap.close();
    return { w, h };
  } catch {
    return {};
  }
}

/** Fetches a file and opens it. As a picture only where it is one of those; all else has a kind that no browser opens. @throws Error when it is not there, too large, or not what was sent */
export async function unseal(client: MatrixClient, { url, sealed, picture }: Attachment): Promise<Blob> {
  const address = client.mxcUrlToHttp(url, undefined, undefined, undefined, false, true, true);
  if (address === null) throw new Error('Expected the address of a file');
  const response = await fetch(address, { headers: { authorization: `Bearer ${client.getAccessToken() ?? ''}` }, signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok || Number(response.headers.get('content-length') ?? 0) > MOST_BYTES) throw new Error(`Expected a file, and the homeserver answered ${response.status}`);
  const data = await response.arrayBuffer();
  return new Blob([sealed === null ? data : await decryptAttachment(data, sealed)], { type: picture ?? BYTES });
}

/** What was chosen on this device, as it would come back from the homeserver. */
export const asOpened = (file: File): Blob => new Blob([file], { type: PICTURES.includes(file.type) ? file.type : BYTES });
