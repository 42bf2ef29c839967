/**
 * How matrix-bot-sdk speaks HTTP here: by Node's own fetch, behind the callback that the SDK expects.
 * The unmaintained `request` that it brings is not installed (bot/absent).
 */
import { setRequestFn } from 'matrix-bot-sdk';

interface Asked {
  readonly uri: string;
  readonly method: string;
  readonly qs?: Record<string, unknown> | null;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  /** Milliseconds. */
  readonly timeout: number;
  /** `null` asks for a Buffer. */
  readonly encoding?: null | undefined;
}
interface Answered {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string | Buffer;
}
type Callback = (error: unknown, response?: Answered, body?: string | Buffer) => void;

async function ask({ uri, method, qs, headers, body, timeout, encoding }: Asked): Promise<Answered> {
  const url = new URL(uri);
  for (const [key, value] of Object.entries(qs ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined && one !== null) url.searchParams.append(key, String(one));
  }
  const response = await fetch(url, {
    method,
    headers: headers ?? {},
    signal: AbortSignal.timeout(timeout),
    redirect: 'error',
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: encoding === null ? bytes : bytes.toString('utf8') };
}

/** Hands the transport to the SDK. Once, before the first request. */
export function useFetch(): void {
  setRequestFn((asked: Asked, callback: Callback) => {
    ask(asked).then(
      (answered) => callback(null, answered, answered.body),
      (error: unknown) => callback(error),
    );
  });
}
