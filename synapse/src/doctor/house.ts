/** The installation that the doctor looks at: what it was told, and how it asks. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Comune } from '@portineria/config/comune';
import { Trouble, words } from '../trouble.ts';

/** Milliseconds that an answer may take. */
const ANSWER_TIMEOUT_MS = 10_000;
/** The most bytes of an answer. */
const MOST_BYTES = 1_000_000;

/** What the doctor reads of the bot's settings (bot/src/ground/settings.ts). */
const BotSettings = z.object({
  public_url: z.url(),
  homeserver: z.object({ url: z.url(), name: z.string() }),
  porter: z.object({ localpart: z.string(), as_token: z.string() }),
  admin_token: z.string().nullable().default(null),
  livekit: z.object({ url: z.url(), key: z.string(), secret: z.string() }).nullable().default(null),
});

/** What it reads of LiveKit's settings. */
const SfuFile = z.object({
  rtc: z.object({ udp_port: z.int().optional(), tcp_port: z.int().optional(), node_ip: z.string().optional() }),
  turn: z.object({ enabled: z.boolean().default(false), domain: z.string().optional(), tls_port: z.int().optional(), udp_port: z.int().optional() }).optional(),
});

const HomeserverFile = z.object({ federation_domain_whitelist: z.array(z.string()).nullish() });

export interface House {
  readonly comune: Comune;
  /** Where people reach the reception: scheme, host and port. */
  readonly url: URL;
  /** The homeserver's name. */
  readonly server: string;
  readonly bot: z.output<typeof BotSettings>;
  /** LiveKit's settings, where they lie on this machine. */
  readonly sfu: z.output<typeof SfuFile> | null;
  /** Whether the homeserver speaks with others; null where its settings do not lie on this machine. */
  readonly federates: boolean | null;
  readonly now: () => number;
}

/** A file of YAML, which JSON is as well. @returns null where it is not there or not as expected */
function readFileOf<T>(schema: z.ZodType<T>, file: string): T | null {
  try {
    return schema.parse(parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

export interface Files { settings: string; livekit: string; homeserver: string }

/** @param url where people reach it, instead of what the settings say @throws Trouble where the bot's settings cannot be read */
export function houseOf(comune: Comune, files: Files, url: string | undefined, now: () => number): House {
  let bot: House['bot'];
  try {
    bot = BotSettings.parse(JSON.parse(readFileSync(files.settings, 'utf8')));
  } catch (error) {
    throw new Trouble(`The bot's settings ${files.settings} cannot be read (${words(error).split('\n')[0] ?? ''}): start the reception once, or name its folder with --data DIR, or the file with --settings FILE.`);
  }
  const whitelist = readFileOf(HomeserverFile, files.homeserver);
  return {
    comune, bot, now, url: new URL(url ?? bot.public_url), server: bot.homeserver.name,
    sfu: readFileOf(SfuFile, files.livekit), federates: whitelist === null ? null : whitelist.federation_domain_whitelist?.length !== 0,
  };
}

export interface Answer { status: number; headers: Headers; body: unknown }

/** The innermost reason of a failed request: what fetch says itself is always the same. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${ANSWER_TIMEOUT_MS / 1000} s`;
  return error instanceof Error && error.cause !== undefined ? reasonOf(error.cause) : words(error);
}

/** Asks by HTTP. A body that is no JSON is null. @throws Error where nothing answers, or too much */
export async function ask(url: string | URL, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.length > MOST_BYTES) throw new Error('the answer is too long');
  }
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // The status says enough.
  }
  return { status: answer.status, headers: answer.headers, body };
}

export const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
