/** `npm run bench [-- PART ...]`: the figures that the project promises, measured in one run, as ratios where there is something to compare with. */
import { hoursFigures } from '../../config/bench/hours.ts';
import { print, ms, type Row } from './figures.ts';
import { benchAnswers } from './answers.ts';
import { benchCrowd } from './crowd.ts';
import { benchKnocks } from './knock.ts';
import { benchMemory } from './memory.ts';
import { benchNeighbours } from './neighbours.ts';
import { benchOpening } from './opening.ts';
import { benchPostgres } from './postgres.ts';
import { benchStart } from './start.ts';
import { benchTalks } from './talks.ts';
import { benchTap } from './tap.ts';
import { benchTokens } from './tokens.ts';
import { benchWarmStart } from './warm.ts';

function benchHours(): Row[] {
  const { isOpenPerSecond, prepareYearMs, prepareYearMsWorst } = hoursFigures();
  return [
    { what: '"is it open" questions a second', figure: isOpenPerSecond.toLocaleString('en'), goal: 'at least 1,000,000', holds: isOpenPerSecond >= 1_000_000 },
    { what: 'preparing an office for a year: median / slowest', figure: `${ms(prepareYearMs)} / ${ms(prepareYearMsWorst)}`, goal: 'at most 5 ms', holds: prepareYearMsWorst <= 5 },
  ];
}

const PARTS: Readonly<Record<string, () => Promise<readonly [title: string, rows: Row[]][]>>> = {
  hours: async () => [['Opening hours', benchHours()]],
  warm: async () => [['Start', await benchWarmStart()]],
  knocks: async () => {
    const { latency, crowd } = await benchKnocks();
    return [['From the knock to the card', latency], ['A crowd', crowd]];
  },
  neighbours: async () => {
    const { knocks, second } = await benchNeighbours();
    return [['From a knock at a neighbour’s to the card', knocks], ['A second comune', second]];
  },
  postgres: async () => [['From the knock to the card on PostgreSQL', await benchPostgres()]],
  tap: async () => [['From the tap on "knock" to the number', await benchTap()]],
  answers: async () => [['From an answer of the staff’s to page and desk', await benchAnswers()]],
  crowd: async () => {
    const { people, proxy } = await benchCrowd();
    return [['A thousand on their long polls', people], ['What the proxy holds', proxy]];
  },
  opening: async () => [['From the open door to both hearing', await benchOpening()]],
  talks: async () => [['Ten visits that talk at once', await benchTalks()]],
  tokens: async () => [['Tokens for calls', await benchTokens()]],
  offices: async () => [['A thousand offices', await benchStart()]],
  memory: async () => [['The bot’s memory with a thousand offices', await benchMemory()]],
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no benchmark called ${unknown.join(', ')}. There are: ${Object.keys(PARTS).join(', ')}.`);
  process.exit(2);
}
let missed = 0;
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  for (const [title, rows] of await part()) {
    print(title, rows);
    missed += rows.filter(({ holds }) => holds === false).length;
  }
}
process.exit(missed === 0 ? 0 : 1);
