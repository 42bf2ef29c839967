/**
 * `npm run dev`: the reception for whoever works on it. As `npm start`, but from the sources as they stand: open pages change when a file
 * of theirs is saved, and the bot is started anew when one of its own is, while the homeserver goes on.
 */
import { join } from 'node:path';
import { runUntilTold } from './foreground.ts';
import { openFront, programIn } from './front.ts';
import type { Front } from './front.ts';
import { open } from './open.ts';
import type { Opened } from './open.ts';
import { optionsOf } from './options.ts';
import { freePorts } from './ports.ts';
import { complain, say } from './progress.ts';

/** Editors write in several steps, and several files at once: so long after the last the bot is started anew, in milliseconds. */
const QUIET_MS = 50;

const NEXT = 'It is started again with the next file of the bot that is saved.';

/** Starts the bot anew, each time that it is asked to; what is asked for in the midst of it is done once more. */
class Renewal {
  readonly #front: Front;
  readonly #reception: Opened;
  #quiet: NodeJS.Timeout | undefined;
  /** Breaks off the waiting for a bot that is out of date already. */
  #attempt = new AbortController();
  #isAsked = false;
  #work: Promise<void> | null = null;
  #isOver = false;

  constructor(front: Front, reception: Opened) {
    this.#front = front;
    this.#reception = reception;
    this.#listen();
  }

  ask(): void {
    if (this.#isOver) return;
    this.#isAsked = true;
    this.#attempt.abort();
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      this.#work ??= this.#renew().finally(() => { this.#work = null; });
    }, QUIET_MS);
  }

  /** Nothing is started any more. */
  async stop(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#quiet);
    this.#attempt.abort();
    await this.#work;
  }

  async #renew(): Promise<void> {
    const { bot, botReady } = this.#reception;
    while (this.#isAsked && !this.#isOver) {
      this.#isAsked = false;
      this.#attempt = new AbortController();
      const { signal } = this.#attempt;
      const began = performance.now();
      this.#front.hold();
      try {
        await bot.renew();
        await botReady(signal);
        this.#listen();
        this.#front.reload();
        this.#front.release();
        say(`Bot started anew: ${((performance.now() - began) / 1000).toFixed(1)} s`);
      } catch (error) {
        if (signal.aborted) continue;
        complain(error);
        say(NEXT);
      }
    }
  }

  /** Says when it ends by itself. */
  #listen(): void {
    const { child } = this.#reception.bot;
    void child.ended.then((how) => {
      if (this.#work !== null || this.#isOver || this.#reception.bot.child !== child) return;
      this.#front.hold();
      say(`The bot ended by itself (${how}). ${NEXT}`);
    });
  }
}

await runUntilTold(async (rest, signal) => {
  const options = optionsOf(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd(), 'npm run dev');
  const folder = join(options.data, 'dev');
  const { botPort } = await freePorts('botPort');
  let changed = (): void => undefined;
  const front = Promise.withResolvers<Front>();
  const pages = {
    done: 'Pages open',
    present: () => false,
    install: async () => {
      const opened = await openFront({ port: options.port, botPort, folder, changed: () => changed() });
      rest.defer(opened.close);
      front.resolve(opened);
    },
  };
  const reception = await open(options, rest, signal, { program: programIn(folder), parts: [pages], botPort });
  const renewal = new Renewal(await front.promise, reception);
  changed = () => renewal.ask();
  rest.defer(() => renewal.stop());
  (await front.promise).release();
  say(`Portineria is open: ${reception.url}`);
  say('Pages change as they are saved, and the bot is started anew when one of its files is');
});
