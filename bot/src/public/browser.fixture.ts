/** A browser that is called by its push service, and a push service in small: what is sent there is decrypted as the browser would (RFC 8291). */
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { listening } from '../ground/listening.fixture.ts';

/** A browser's subscription, with its private part. */
export interface Subscribed {
  readonly p256dh: string;
  readonly auth: string;
  /** What was sent to it. @throws Error when it was encrypted for another */
  read(body: Buffer): string;
}

export function subscribed(): Subscribed {
  const own = createECDH('prime256v1');
  own.generateKeys();
  const auth = randomBytes(16);
  return {
    p256dh: own.getPublicKey('base64url'),
    auth: auth.toString('base64url'),
    read(body) {
      // RFC 8188, 2.1: salt, size of a record, and the sender's key; then one record, of which the end is a 2 and the tag.
      const [salt, length = 0] = [body.subarray(0, 16), body[20]];
      const sender = body.subarray(21, 21 + length);
      const sealed = body.subarray(21 + length);
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), own.getPublicKey(), sender]);
      const secret = Buffer.from(hkdfSync('sha256', own.computeSecret(sender), auth, info, 32));
      const part = (name: string, size: number): Buffer => Buffer.from(hkdfSync('sha256', secret, salt, `Content-Encoding: ${name}\0`, size));
      const open = createDecipheriv('aes-128-gcm', part('aes128gcm', 16), part('nonce', 12));
      open.setAuthTag(sealed.subarray(-16));
      const plain = Buffer.concat([open.update(sealed.subarray(0, -16)), open.final()]);
      return plain.subarray(0, plain.lastIndexOf(2)).toString('utf8');
    },
  };
}

/** What a push service was sent. */
interface Sent {
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

export interface PushService extends AsyncDisposable {
  readonly url: string;
  readonly sent: Sent[];
  /** What it answers from now on. */
  answer: number;
}

export async function pushService(): Promise<PushService> {
  const service = { sent: [] as Sent[], answer: 201 };
  const server = await listening((request, response) => {
    void buffer(request).then((body) => {
      service.sent.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(service.answer).end();
    });
  });
  return Object.assign(service, server);
}
