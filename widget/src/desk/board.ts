/** An office's desk as its components share it: what stands there now, and what was pressed. */
import { computed, onScopeDispose, shallowRef, type ComputedRef, type ShallowRef } from 'vue';
import { buttonOf, canSay, linkIn, replyTo, sayingOf, standingOf, type Act, type Standing, type Wish } from './acts.ts';
import { viewOf, type OfficeView } from './model.ts';
import type { DeskPort, OfficeFacts } from './port.ts';

/** How many of the latest presses are kept in mind. */
const ACTS = 40;
/** How often waiting times are counted anew, in milliseconds. */
const TICK_MS = 5_000;

export interface Board {
  readonly view: ComputedRef<OfficeView>;
  readonly now: ShallowRef<number>;
  /** Where the last press of a button stands; undefined where it was not pressed, or is done with. */
  standing(wish: Wish): Exclude<Standing, 'done'> | undefined;
  /** Whether it can be said from here at all: a button that can do nothing is not shown. */
  can(kind: Wish['kind']): boolean;
  /** What the porter answered to the last press of these buttons that it answered to. A link has a place of its own. */
  reply(wishes: readonly Wish[]): string | null;
  /** What the porter answered to the last press of a button; null while it has not. */
  answer(wish: Wish): string | null;
  /** Does nothing while the same is under way. */
  press(wish: Wish): void;
}

/** The desk of an office, until the component that asks for it goes. */
export function useBoard(port: DeskPort): Board {
  const facts = shallowRef<OfficeFacts>(port.read());
  const now = shallowRef(port.now());
  const acts = shallowRef<readonly Act[]>([]);
  let last = 0;
  const stop = port.watch(() => {
    now.value = port.now();
    facts.value = port.read();
    settle();
  });
  const timer = setInterval(() => (now.value = port.now()), TICK_MS);
  onScopeDispose(() => {
    stop();
    clearInterval(timer);
  });
  const view = computed(() => viewOf(facts.value, now.value));
  const standings = computed(() => new Map(acts.value.map((act) => [buttonOf(act.wish), standingOf(act, facts.value, view.value, now.value)])));
  const change = (id: number, by: Partial<Act>): void => void (acts.value = acts.value.map((act) => (act.id === id ? { ...act, ...by } : act)));

  function settle(): void {
    const isDone = (act: Act): boolean => !act.settled && standingOf(act, facts.value, view.value, now.value) === 'done';
    if (acts.value.some(isDone)) acts.value = acts.value.map((act) => (isDone(act) ? { ...act, settled: true } : act));
  }

  async function utter(wish: Wish, card: string | null): Promise<string> {
    const saying = sayingOf(wish, card);
    if ('text' in saying) return port.say(saying.text);
    try {
      return await port.react(saying.card, saying.key);
    } catch (error) {
      // No sign is taken twice under one card, as after its visitor was put back in the queue: the command says the same.
      if (!facts.value.may.say) throw error;
      return utter(wish, null);
    }
  }

  async function send(id: number, wish: Wish): Promise<void> {
    const card = 'number' in wish && facts.value.may.react ? (view.value.waiting.find(({ number }) => number === wish.number)?.card ?? null) : null;
    try {
      change(id, { event: await utter(wish, card) });
    } catch (error) {
      console.error(error);
      change(id, { failed: true });
    }
  }

  return {
    view,
    now,
    standing(wish) {
      const is = standings.value.get(buttonOf(wish));
      return is === 'done' ? undefined : is;
    },
    can: (kind) => canSay(kind, facts.value.may),
    reply(wishes) {
      const buttons = wishes.map(buttonOf);
      for (const act of acts.value.toReversed()) {
        const words = buttons.includes(buttonOf(act.wish)) ? replyTo(act, facts.value) : null;
        if (words !== null && linkIn(words) === null) return words;
      }
      return null;
    },
    answer(wish) {
      const act = acts.value.find((one) => buttonOf(one.wish) === buttonOf(wish));
      return act === undefined ? null : replyTo(act, facts.value);
    },
    press(wish) {
      const button = buttonOf(wish);
      if (standings.value.get(button) === 'under_way') return;
      last += 1;
      now.value = port.now();
      // The earlier press of the same button is done with.
      acts.value = [...acts.value.filter((act) => buttonOf(act.wish) !== button).slice(-ACTS), { id: last, wish, at: now.value, event: null, failed: false, settled: false, hand: facts.value.hand?.content }];
      void send(last, wish);
    },
  };
}
