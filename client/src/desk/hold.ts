/**
 * One browser, one desk: the keys of a session have one writer. A tab that would like to have the desk asks the one that has it, which
 * lets go once all is put away; from one that does not answer, as it sleeps, it is seized.
 */
import { tabHold, type Hold } from '../kept/tabs.ts';

const NAME = 'portineria.desk';
const WANTED = 'wanted';
/** How often a tab is asked before the desk is taken from it. */
const TRIES = 3;

/** The hold of this tab on the desk. @param give puts everything away, as another tab wants to go on. @param lost it was seized */
export function deskHold(give: () => Promise<void>, lost: () => void): Hold {
  const hold = tabHold(lost, NAME);
  let has = false;
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(NAME) : null;
  channel?.addEventListener('message', ({ data }) => {
    if (data !== WANTED || !has) return;
    has = false;
    void give().finally(() => hold.release());
  });
  const noted = async (taking: Promise<boolean>): Promise<boolean> => (has = await taking);
  return {
    take: () => noted(hold.take()),
    async seize() {
      for (let tries = 0; tries < TRIES; tries += 1) {
        channel?.postMessage(WANTED);
        if (await noted(hold.take())) return;
      }
      await hold.seize();
      has = true;
    },
    release() {
      has = false;
      hold.release();
    },
  };
}
